using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Tests;

public sealed class ParameterSetTests
{
    [Test]
    public void With_ReplacesAndAdds()
    {
        ParameterSet set = ParameterSet.Empty.With("weight", 1.0).With("weight", 0.5).With("density", 0.25);

        Assert.That(set, Has.Count.EqualTo(2));
        Assert.That(set.TryGet("weight", out ParameterValue? weight) && weight.Evaluate("any", 0)!.Value.ToNumber() == 0.5);
    }
}
