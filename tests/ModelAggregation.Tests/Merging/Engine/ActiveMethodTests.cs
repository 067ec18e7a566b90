using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>The methods that look at how far single elements are from the base, on numbers that can be worked out by hand.</summary>
public sealed class ActiveMethodTests
{
    [Test]
    public void NearSwap_SwapsWhatIsNear_AndMovesTheRestByTheDistance()
    {
        using TestModel origin = W(1, 1, 1, 1, 1);
        using TestModel a = W(1.25f, 1.5f, 3, -1, 1);

        // Distances 0.25, 0.5, 2, 2, 0: within 0.5 the other's element, beyond it 0.5 on the way there.
        float[] actual = Values(MergeRecipe.With("nearswap").Base("base").Model("a").Parameter("t", 0.5).Build(), ("base", origin), ("a", a));

        Assert.That(actual, Is.EqualTo((float[])[1.25f, 1.5f, 1.5f, 0.5f, 1]));
    }

    [TestCase(-3, 0)]
    [TestCase(0, 0)]
    [TestCase(2.5e-7, 1.25e-7)] // a quarter of the way
    [TestCase(1e-6, 5e-7)]
    public void NearSwap_TakesNoDistanceForLessThanAMillionth(double t, double expected)
    {
        using TestModel origin = W(0);
        using TestModel a = W(5e-7f);

        float[] actual = Values(MergeRecipe.With("nearswap").Base("base").Model("a").Parameter("t", t).Build(), ("base", origin), ("a", a));

        Assert.That(actual, Is.EqualTo((float[])[(float)expected]).Within(1).Ulps);
    }

    [Test]
    public void Ram_AveragesWhatIsShared_AndKeepsWholeWhatOneChanges()
    {
        using TestModel origin = W(1, 1, 1, 1, 1);
        using TestModel a = W(3, 2, 1, 1.125f, 1);
        using TestModel b = W(2, 1, 1, 0, 5);
        using TestModel c = W(1.25f, 1, 1, 4, 1);

        // Differences above 0.5: (2, 1, ·, ·, ·), (1, ·, ·, −1, 4) and (·, ·, ·, 3, ·).
        float[] actual = Values(
            MergeRecipe.With("ram").Base("base").Model("a").Model("b").Model("c").Parameter("epsilon", 0.5).Build(),
            ("base", origin), ("a", a), ("b", b), ("c", c));

        Assert.That(actual, Is.EqualTo((float[])[2.5f, 2, 1, 2, 5]));
    }

    [TestCase(0.5, 10, 1.5f)]
    [TestCase(0.5, 0.75, 1.375f)]
    [TestCase(0, 10, 1f)]
    public void RamPlus_ScalesWhatOneChanges_ByWhatItShares(double r, double alpha, float scale)
    {
        using TestModel origin = W(1, 1, 1, 1, 1, 1);
        using TestModel a = W(3, 2, 1, 1, 1, 1);
        using TestModel b = W(2, 1, 1, 0, 5, 9);
        using TestModel c = W(1, 1, 1, 4, 1, 1);

        // a changes one element together with b and one alone, b two with others and two alone: a ratio of 1 for both, cut to alpha. c has none alone.
        float[] actual = Values(
            MergeRecipe.With("ramplus_tl").Base("base").Model("a").Model("b").Model("c").Parameter("r", r).Parameter("alpha", alpha).Build(),
            ("base", origin), ("a", a), ("b", b), ("c", c));

        Assert.That(actual, Is.EqualTo((float[])[2.5f, 1 + scale, 1, 2, 1 + (4 * scale), 1 + (8 * scale)]));
    }

    [Test]
    public void RamPlus_OfBFloat16_WritesBFloat16()
    {
        using TestModel origin = new TestModel().Add("w", DataType.BF16, [3], 1, 1, 1);
        using TestModel a = new TestModel().Add("w", DataType.BF16, [3], 3, 2, 1);
        using TestModel b = new TestModel().Add("w", DataType.BF16, [3], 2, 1, 1);
        using TestModel expected = new TestModel().Add("w", DataType.BF16, [3], 2.5f, 2.5f, 1);

        // a changes one element together with b and one alone, which is scaled by 1 + 0.5 · 1.
        byte[] actual = Merge(
            MergeRecipe.With("ramplus_tl").Base("base").Model("a").Model("b").Parameter("r", 0.5).Parameter("alpha", 10).Build(),
            ("base", origin), ("a", a), ("b", b))["w"];

        Assert.That(actual, Is.EqualTo(TensorBytes.Read(expected["w"].Source)));
    }
}
