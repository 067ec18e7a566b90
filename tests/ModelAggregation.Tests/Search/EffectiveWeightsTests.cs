using ModelAggregation.Search;

namespace ModelAggregation.Tests.Search;

public sealed class EffectiveWeightsTests
{
    [Test]
    public void AChain_IsExpanded_AsInTheTable() =>
        Assert.That(EffectiveWeights.Expand(0.6, 0.7, 0.9), Is.EqualTo((double[])[0.378, 0.252, 0.27, 0.1]).Within(1e-15));

    [Test]
    public void Averages_GiveEqualWeights() =>
        Assert.That(EffectiveWeights.Expand(1.0 / 2, 2.0 / 3, 3.0 / 4), Is.EqualTo((double[])[0.25, 0.25, 0.25, 0.25]).Within(1e-15));

    [Test]
    public void TheModelAlone_HasAllWeight() => Assert.That(EffectiveWeights.Expand(), Is.EqualTo((double[])[1]));

    [Test]
    public void Weights_AddUpToOne()
    {
        double[] coefficients = [.. Enumerable.Range(1, 40).Select(i => (i % 9 * 0.1) + 0.1)];

        Assert.That(EffectiveWeights.Expand(coefficients).Sum(), Is.EqualTo(1).Within(1e-12));
    }

    [TestCase(-0.1)]
    [TestCase(1.1)]
    [TestCase(double.NaN)]
    public void ACoefficientOutsideItsRange_IsRefused(double coefficient) =>
        Assert.That(() => EffectiveWeights.Expand(coefficient), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
