using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Conformance;

/// <summary>Twelve plans of the reference implementation. Their recipes are JSON, which is YAML.</summary>
public sealed class PlanConformanceTests
{
    private static readonly JsonNode Document = Vectors.Load("plan.json");

    private static readonly Dictionary<string, PlanProblemKind> ExpectedProblems = new(StringComparer.Ordinal)
    {
        ["unequal_slices"] = PlanProblemKind.UnequalLayerCounts,
        ["missing_weight"] = PlanProblemKind.MissingParameter,
        ["unknown_method"] = PlanProblemKind.UnknownMethod,
        ["models_and_slices"] = PlanProblemKind.RecipeShape,
    };

    private static IEnumerable<string> Names(bool isError) => Document["plans"]!.AsArray()
        .Where(plan => (plan!["expect"] is not null) == isError)
        .Select(plan => plan!["name"]!.GetValue<string>());

    [Test]
    public void TheVectorsHaveEightPlansAndFourErrors() =>
        Assert.That((Names(isError: false).Count(), Names(isError: true).Count()), Is.EqualTo((8, 4)));

    [TestCaseSource(nameof(Names), new object[] { false })]
    public void Plan_AgreesWithTheReference(string name)
    {
        JsonNode expected = Find(name);
        using MergePlan plan = Plan(expected);
        Dictionary<string, PlannedTensor> tensors = plan.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.LayerCount, Is.EqualTo(expected["num_layers"]!.GetValue<int>()));
            Assert.That(plan.Config!["num_hidden_layers"]!.GetValue<int>(), Is.EqualTo(plan.LayerCount));
            Assert.That(tensors.Keys, Is.EquivalentTo(expected["outputs"]!.AsArray().Select(output => output!["tensor"]!.GetValue<string>())));
            foreach (JsonNode? output in expected["outputs"]!.AsArray())
            {
                AssertTensor(tensors[output!["tensor"]!.GetValue<string>()], output);
            }
        }
    }

    [TestCaseSource(nameof(Names), new object[] { true })]
    public void Plan_RefusesWhatTheReferenceRefuses(string name)
    {
        MergePlanException? error = Assert.Throws<MergePlanException>(() => Plan(Find(name)).Dispose());

        Assert.That(error!.Problems.Select(problem => problem.Kind), Does.Contain(ExpectedProblems[name]), error.Message);
    }

    private static JsonNode Find(string name) => Document["plans"]!.AsArray().Single(plan => string.Equals(plan!["name"]!.GetValue<string>(), name, StringComparison.Ordinal))!;

    private static MergePlan Plan(JsonNode plan)
    {
        KeyValuePair<string, TensorSet>[] models = [.. Document["models"]!.AsObject().Select(model =>
            KeyValuePair.Create(
            model.Key, HeaderModel.Llama(model.Value!["num_hidden_layers"]!.GetValue<int>(), model.Value["has_lm_head"]!.GetValue<bool>())))];
        return new MergePlanner(new MemoryModelResolver(models), MergeMethodRegistry.CreateDefault()).Plan(MergeRecipe.Parse(plan["config"]!.ToJsonString()));
    }

    private static void AssertTensor(PlannedTensor tensor, JsonNode expected)
    {
        (string Model, string Tensor)[] inputs = [.. expected["inputs"]!.AsObject().Select(input =>
            (input.Key, (expected["read_instead"]?[input.Key] ?? input.Value!).GetValue<string>()))];
        Assert.That(tensor.Inputs.Select(input => (input.Model, input.TensorName)), Is.EqualTo(inputs), tensor.Name);
        Assert.That(tensor.IsEmbedding, Is.EqualTo(expected["is_embed"]?.GetValue<bool>() ?? false), tensor.Name);
        AssertValues(tensor.Parameters, expected["parameters"], tensor.Name);
        foreach (PlannedInput input in tensor.Inputs)
        {
            AssertValues(input.Parameters, expected["tensor_parameters"]?[input.Model], $"{tensor.Name} of {input.Model}");
        }
    }

    // The reference lists only parameters it knows; ours has more defaults (rescale). A null there is an absent value here.
    private static void AssertValues(ParameterValues actual, JsonNode? expected, string what)
    {
        foreach ((string name, JsonNode? node) in expected?.AsObject() ?? [])
        {
            ParameterScalar? value = actual.All.TryGetValue(name, out ParameterScalar found) ? found : default(ParameterScalar?);
            ParameterScalar? wanted = Vectors.Scalar(node);
            if (wanted is { Kind: ParameterKind.Number } number)
            {
                Assert.That(value?.ToNumber(), Is.EqualTo(number.ToNumber()).Within(1e-12), $"{name} of {what}");
            }
            else
            {
                Assert.That(value, Is.EqualTo(wanted), $"{name} of {what}");
            }
        }
    }
}
