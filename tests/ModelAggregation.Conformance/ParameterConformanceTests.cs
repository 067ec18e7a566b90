using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Conformance;

public sealed class ParameterConformanceTests
{
    [Test]
    public void Evaluate_AgreesWithTheReference_InAllCases()
    {
        JsonArray cases = Vectors.Load("params.json")["cases"]!.AsArray();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(cases, Has.Count.EqualTo(400));
            foreach (JsonNode? item in cases)
            {
                ParameterScalar? expected = Vectors.Scalar(item!["value"]);
                ParameterScalar? actual = Vectors.Setting(item["setting"]!).Evaluate(item["tensor"]!.GetValue<string>(), item["t"]!.GetValue<double>());
                if (expected is { Kind: ParameterKind.Number } number && actual is { Kind: ParameterKind.Number } found)
                {
                    Assert.That(found.ToNumber(), Is.EqualTo(number.ToNumber()).Within(1e-12), item.ToJsonString());
                }
                else
                {
                    Assert.That(actual, Is.EqualTo(expected), item.ToJsonString());
                }
            }
        }
    }
}
