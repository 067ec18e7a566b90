using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>Each method on numbers that can be worked out by hand.</summary>
public sealed class MethodTests
{
    [TestCase(true, 4f, 5f, -4.5f)]
    [TestCase(false, 16f, 20f, -18f)]
    public void Linear_IsTheWeightedMean_OrSum(bool normalize, params float[] expected)
    {
        using TestModel a = W(1, 2, 3);
        using TestModel b = W(5, 6, -7);

        // (1·1 + 3·5) / 4, (1·2 + 3·6) / 4, (1·3 − 3·7) / 4
        float[] actual = Values(MergeRecipe.With("linear").Model("a", weight: 1).Model("b", weight: 3).Parameter("normalize", normalize).Build(), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo(expected));
    }

    [TestCase(0.5, 0.70710678, 0.70710678)] // sin 45° / sin 90° of each
    [TestCase(1.0 / 3, 0.86602540, 0.5)] // sin 60°, sin 30°
    [TestCase(2, -1, 0)] // sin −90°, sin 180°: on beyond y to −x
    public void Slerp_OfPerpendicularVectors_TurnsByTheAngle(double t, double first, double second)
    {
        using TestModel x = W(1, 0);
        using TestModel y = W(0, 1);

        float[] actual = Values(MergeRecipe.With("slerp").Base("x").Model("y").Parameter("t", t).Build(), ("x", x), ("y", y));

        Assert.That(actual, Is.EqualTo((double[])[first, second]).Within(1e-7));
    }

    [Test]
    public void Slerp_OfParallelVectors_IsLinear()
    {
        using TestModel x = W(1, 2);
        using TestModel y = W(3, 6);

        Assert.That(Values(MergeRecipe.With("slerp").Base("x").Model("y").Parameter("t", 0.25).Build(), ("x", x), ("y", y)), Is.EqualTo((float[])[1.5f, 3]));
    }

    [TestCase(false, 1.25f, 0.5f, 5f)]
    [TestCase(true, 1.1f, 0.8f, 2.6f)]
    public void TaskArithmetic_AddsWeightedDifferences(bool normalize, params float[] expected)
    {
        using TestModel origin = W(1, 1, 1);
        using TestModel a = W(2, 3, 1);
        using TestModel b = W(1, 0, 5);

        // Differences (1, 2, 0) and (0, −1, 4), weighted by 0.5 and 2: (0.5, −1, 8); half of that is added, or half of a 2.5th.
        float[] actual = Values(
            MergeRecipe.With("task_arithmetic").Base("base").Model("a", weight: 0.5).Model("b", weight: 2)
                .Parameter("lambda", 0.5).Parameter("normalize", normalize).Build(),
            ("base", origin), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo(expected).Within(2).Ulps);
    }

    [TestCase(true, -5f, 3.5f, 8f / 3, 0f, 0f)]
    [TestCase(false, -10f, 7f, 8f, 0f, 0f)]
    public void Ties_TrimsElectsAndMerges(bool normalize, params float[] expected)
    {
        using TestModel origin = W(0, 0, 0, 0, 0);
        using TestModel a = W(4, -3, 2, 1, 0);
        using TestModel b = W(-5, 3.5f, 3, 0, 1);

        // Of five, three are kept: (4, −3, 2, 0, 0) and (−5, 3.5, 3, 0, 0). Weighted by 1 and 2 they sum to (−6, 4, 8, 0, 0):
        // minus is elected, so only b's −10 counts, over its weight 2; plus, so only b's 7; both agree on the third, 2 + 6 over 1 + 2.
        float[] actual = Values(
            MergeRecipe.With("ties").Base("base").Model("a", weight: 1, density: 0.6).Model("b", weight: 2, density: 0.6).Parameter("normalize", normalize).Build(),
            ("base", origin), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo(expected).Within(1).Ulps);
    }

    [Test]
    public void Ties_WithRescale_RestoresTheSumOfMagnitudes()
    {
        using TestModel origin = W(0, 0, 0, 0);
        using TestModel a = W(4, -3, 2, 1);

        // Of 4, −3, 2, 1 the first two are kept: times 10 / 7.
        float[] actual = Values(
            MergeRecipe.With("ties").Base("base").Model("a", weight: 1, density: 0.5).Parameter("rescale", true).Build(), ("base", origin), ("a", a));

        Assert.That(actual, Is.EqualTo((float[])[40f / 7, -30f / 7, 0, 0]).Within(1).Ulps);
    }

    [Test]
    public void Ties_AtTheThreshold_KeepsTheLowestIndices_OnRequest()
    {
        using TestModel origin = W(1, 1, 1, 1, 1);
        using TestModel a = W(2, 0, 2, 3, 0);

        // Differences 1, −1, 1, 2, −1: of five, three are kept, the 2 and the first two of those of size 1.
        float[] actual = Values(
            MergeRecipe.With("ties").Base("base").Model("a", weight: 1, density: 0.6).Parameter("tie_break", "lowest_index").Build(), ("base", origin), ("a", a));

        Assert.That(actual, Is.EqualTo((float[])[2, 0, 1, 3, 1]));
    }

    [Test]
    public void DareTies_DropsByItsDraws_AndDividesByTheDensity()
    {
        float[] values = [.. Enumerable.Range(1, 200).Select(value => (float)value)];
        using TestModel origin = W(new float[200]);
        using TestModel a = W(values);

        float[] actual = Values(
            MergeRecipe.With("dare_ties").Base("base").Model("a", weight: 1, density: 0.25).Parameter("rescale_norm", "density").Seed(9).Build(), ("base", origin), ("a", a));

        // A quarter of 65,536 draws are below 16,384.
        ModelTensors.PhiloxKey key = ModelTensors.Philox.DeriveKey(9, "w", "a");
        Assert.That(actual, Is.EqualTo(values.Select((value, i) => ModelTensors.Philox.Draw(i, key) < 16_384 ? 4 * value : 0)));
        Assert.That(actual.Count(value => value != 0), Is.InRange(20, 80));
    }

    [Test]
    public void DareLinear_AddsWhatItKeeps_OverTheDensity()
    {
        float[] values = [.. Enumerable.Range(1, 200).Select(value => (float)value)];
        using TestModel origin = W([.. values.Select(_ => 1f)]);
        using TestModel a = W([.. values.Select(value => 1 + value)]);
        using TestModel b = W([.. values.Select(value => 1 - value)]);

        float[] actual = Values(
            MergeRecipe.With("dare_linear").Base("base").Model("a", weight: 1, density: 0.5).Model("b", weight: 3, density: 0.25)
                .Parameter("rescale_norm", "density").Build(),
            ("base", origin), ("a", a), ("b", b));

        // Differences v and −v, kept where draws are below a half and a quarter of 65,536: 2·v − 3·4·v at most.
        bool Keeps(int i, string model, int limit) => ModelTensors.Philox.Draw(i, ModelTensors.Philox.DeriveKey(0, "w", model)) < limit;
        Assert.That(actual, Is.EqualTo(values.Select((value, i) =>
            1 + ((Keeps(i, "a", 32_768) ? 2 * value : 0) + (Keeps(i, "b", 16_384) ? -12 * value : 0)))));
    }

    [TestCase("probability")]
    [TestCase("l1")]
    [TestCase("none")]
    public void DellaLinear_KeepsByRank(string norm)
    {
        using TestModel origin = new TestModel().Add("w", ModelTensors.DataType.F32, [2, 3], 0, 0, 0, 0, 0, 0);
        using TestModel a = new TestModel().Add("w", ModelTensors.DataType.F32, [2, 3], 5, -1, 3, -2, 2, 7);

        // Of the row 5, −1, 3 the ranks are 2, 0, 1; of −2, 2, 7 they are 0, 1, 2, for of equal ones the first has the lower rank.
        // Density 0.5 ± 0.25: probabilities 0.25, 0.5 and 0.75, which are 16,384, 32,768 and 49,152 of 65,536.
        int[] limits = [49_152, 16_384, 32_768, 16_384, 32_768, 49_152];
        float[] delta = [5, -1, 3, -2, 2, 7];
        for (ulong seed = 0; seed < 20; seed++)
        {
            ModelTensors.PhiloxKey key = ModelTensors.Philox.DeriveKey(seed, "w", "a");
            bool[] kept = [.. limits.Select((limit, i) => ModelTensors.Philox.Draw(i, key) < limit)];
            MergeRecipeBuilder recipe = MergeRecipe.With("della_linear").Base("base").Model("a", model => model.Parameter("weight", 1).Parameter("density", 0.5).Parameter("epsilon", 0.25)).Seed(seed);
            recipe = norm is "none" ? recipe.Parameter("rescale", false) : recipe.Parameter("rescale_norm", norm);

            float[] actual = Values(recipe.Build(), ("base", origin), ("a", a));

            // The magnitudes sum to 20.
            float sum = delta.Where((_, i) => kept[i]).Sum(MathF.Abs);
            Assert.That(actual, Is.EqualTo(delta.Select((value, i) => !kept[i] ? 0 : value * norm switch
            {
                "probability" => 65_536f / limits[i],
                "l1" => 20 / sum,
                _ => 1,
            })).Within(2).Ulps);
        }
    }

    [Test]
    public void Della_ElectsSigns_AndDividesByTheWeightsThatAgree()
    {
        using TestModel origin = W(0, 0, 0, 0, 0);
        using TestModel a = W(4, -3, 2, 1, 0);
        using TestModel b = W(-5, 3.5f, 3, 0, 1);

        // Nothing is dropped of either. Weighted by 1 and 2 they sum to (−6, 4, 8, 1, 2).
        float[] actual = Values(MergeRecipe.With("della").Base("base").Model("a", weight: 1).Model("b", weight: 2).Build(), ("base", origin), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo((float[])[-5, 3.5f, 8f / 3, 1, 1]).Within(1).Ulps);
    }

    [Test]
    public void Della_OfRowsOfOneElement_KeepsWithTheDensity()
    {
        float[] values = [.. Enumerable.Range(1, 300).Select(value => (float)value)];
        using TestModel origin = new TestModel().Add("w", ModelTensors.DataType.F32, [300, 1], new float[300]);
        using TestModel a = new TestModel().Add("w", ModelTensors.DataType.F32, [300, 1], values);

        float[] actual = Values(
            MergeRecipe.With("della").Base("base").Model("a", weight: 1, density: 0.5).Parameter("rescale", false).Build(), ("base", origin), ("a", a));

        ModelTensors.PhiloxKey key = ModelTensors.Philox.DeriveKey(0, "w", "a");
        Assert.That(actual, Is.EqualTo(values.Select((value, i) => ModelTensors.Philox.Draw(i, key) < 32_768 ? value : 0)));
    }

    [Test]
    public void Della_WithDensityZero_TakesNothingOfTheModel_ButCountsItsWeight()
    {
        using TestModel origin = W(1, 1);
        using TestModel a = W(3, 5);
        using TestModel b = W(9, 9);

        float[] actual = Values(
            MergeRecipe.With("della_linear").Base("base").Model("a", weight: 1).Model("b", weight: 1, density: 0).Parameter("normalize", true).Build(),
            ("base", origin), ("a", a), ("b", b));

        // Half of the differences 2 and 4.
        Assert.That(actual, Is.EqualTo((float[])[2, 3]));
    }

    [Test]
    public void Della_WithDensityZero_TakesNothing_AlsoWhereOthersAreRescaled()
    {
        using TestModel origin = W(new float[50]);
        using TestModel a = W([.. Enumerable.Range(1, 50).Select(value => (float)value)]);
        using TestModel b = W([.. Enumerable.Repeat(9f, 50)]);
        MergeRecipeBuilder Recipe() => MergeRecipe.With("della_linear").Base("base").Model("a", weight: 1, density: 0.5);

        float[] actual = Values(Recipe().Model("b", weight: 1, density: 0).Build(), ("base", origin), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo(Values(Recipe().Build(), ("base", origin), ("a", a))));
    }

    [TestCase(0.9, 0.1)]
    [TestCase(0.1, -0.1)]
    [TestCase(0.5, 0.5)]
    public void Della_WithProbabilitiesOutsideZeroToOne_IsRefusedWhilePlanning(double density, double epsilon)
    {
        using TestModel a = W(1, 2);
        MergeRecipe recipe = MergeRecipe.With("della").Base("base").Model("a", weight: 1, density: density).Parameter("epsilon", epsilon).Build();

        MergePlanException error = Assert.Throws<MergePlanException>(() => Merger(("base", a), ("a", a)).Plan(recipe))!;

        Assert.That(error.Problems.Single().Kind, Is.EqualTo(PlanProblemKind.MethodRule));
        Assert.That(error.Message, Does.Contain("'epsilon'").And.Contain("(0, 1)"));
    }

    [Test]
    public void Passthrough_Scales()
    {
        using TestModel a = W(1, -2, 0.5f);

        float[] actual = Values(MergeRecipe.With("passthrough").Model("a", model => model.Parameter("scale", -0.5)).Build(), ("a", a));

        Assert.That(actual, Is.EqualTo((float[])[-0.5f, 1, -0.25f]));
    }
}
