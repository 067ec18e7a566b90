using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>The methods that select elements, on numbers that can be worked out by hand, and what must hold whatever the numbers are.</summary>
public sealed class SelectionMethodTests
{
    private static readonly string[] Methods = ["breadcrumbs", "breadcrumbs_ties", "sce", "arcee_fusion"];

    [TestCase(0.2, 0f, 0f, 0f, 0f, 0f, 3f, -3.5f, 4f, 0f, 0f)] // 10 and 9 are outliers, 8, 7 and 6 the next three
    [TestCase(0.9, 0.5f, -1f, 1.5f, 0f, 0f, 0f, 0f, 0f, 0f, 0f)] // nine outliers leave one: the three smallest are kept, seven dropped
    public void Breadcrumbs_KeepsWhatIsBetweenOutliersAndNoise(double gamma, params float[] expected)
    {
        using TestModel origin = W(new float[10]);
        using TestModel model = W(1, -2, 3, 4, 5, 6, -7, 8, 9, 10);

        float[] actual = Values(
            MergeRecipe.With("breadcrumbs").Base("base").Model("a", p => p.Parameter("weight", 0.5).Parameter("density", 0.3).Parameter("gamma", gamma)).Build(),
            ("base", origin), ("a", model));

        Assert.That(actual, Is.EqualTo(expected));
    }

    [TestCase(false, -2f, 6f, -6f, 4f, 0f)]
    [TestCase(true, -1f, 2f, -3f, 4f, 0f)]
    public void BreadcrumbsTies_MergesWhatAgrees(bool normalize, params float[] expected)
    {
        using TestModel origin = W(new float[5]);
        using TestModel a = W(1, 2, 3, 4, 5);
        using TestModel b = W(-1, 2, -3, -4, 1);

        // One outlier, three kept: (0, 2, 3, 4, 0), and of b's tied ones the first: (−1, 2, −3, 0, 0), which counts twice.
        float[] actual = Values(
            MergeRecipe.With("breadcrumbs_ties").Base("base").Model("a", weight: 1, density: 0.6).Model("b", weight: 2, density: 0.6)
                .Parameter("gamma", 0.2).Parameter("normalize", normalize).Parameter("tie_break", "lowest_index").Build(),
            ("base", origin), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void Breadcrumbs_OfAGammaThatDropsNothing_KeepsTheLargest()
    {
        using TestModel origin = W(new float[99]);
        using TestModel model = W([.. Enumerable.Range(1, 99).Select(i => (float)i)]);

        float[] actual = Values(MergeRecipe.With("breadcrumbs").Base("base").Model("a", weight: 1, density: 0.5).Build(), ("base", origin), ("a", model));

        // floor(0.01 · 99) is zero; floor(0.5 · 99) are kept.
        Assert.That(actual, Is.EqualTo(Enumerable.Range(1, 99).Select(i => i > 50 ? (float)i : 0)));
    }

    [Test]
    public void Breadcrumbs_Rescaled_KeepsTheSumOfMagnitudes()
    {
        using TestModel origin = W(0, 0, 0, 0);
        using TestModel model = W(1, 2, -3, 4);

        // 4 is dropped, −3 kept: it is scaled to 1 + 2 + 3 + 4.
        float[] actual = Values(
            MergeRecipe.With("breadcrumbs").Base("base").Model("a", weight: 1, density: 0.25).Parameter("gamma", 0.25).Parameter("rescale", true).Build(),
            ("base", origin), ("a", model));

        Assert.That(actual, Is.EqualTo((float[])[0, 0, -10, 0]));
    }

    [TestCase("weighted", "weights", -1f)] // 1.5 against −1 − 2: minus, −3 over weights of 3
    [TestCase("weighted", "count", -1.5f)]
    [TestCase("unweighted", "weights", 3f)] // 3 against −1 − 1: plus, 1.5 over a weight of 0.5
    [TestCase("unweighted", "count", 1.5f)]
    [TestCase("count", "weights", -1f)] // two of three are minus
    [TestCase("count", "count", -1.5f)]
    public void Ties_ElectsAndDividesAsAsked(string sign, string divisor, float expected)
    {
        using TestModel origin = W(0, 0);
        using TestModel a = W(3, 0);
        using TestModel b = W(-1, 0);
        foreach (string method in (string[])["ties", "dare_ties", "breadcrumbs_ties"])
        {
            float[] actual = Values(
                MergeRecipe.With(method).Base("base").Model("a", weight: 0.5).Model("b", weight: 1).Model("c", weight: 2)
                    .Parameter("sign", sign).Parameter("divisor", divisor).Parameter("normalize", true).Build(),
                ("base", origin), ("a", a), ("b", b), ("c", b));

            Assert.That(actual, Is.EqualTo((float[])[expected, 0]), method);
        }
    }

    [TestCase("count", 1f)] // one against one: plus
    [TestCase("weighted", -2f)]
    public void Ties_OfEqualVotes_ElectsPlus(string sign, float expected)
    {
        using TestModel origin = W(0);
        using TestModel a = W(1);
        using TestModel b = W(-2);

        Assert.That(
            Values(MergeRecipe.With("ties").Base("base").Model("a", weight: 1).Model("b", weight: 1).Parameter("sign", sign).Build(), ("base", origin), ("a", a), ("b", b)),
            Is.EqualTo((float[])[expected]));
    }

    [TestCase(0.5, 0f, 2f, 0f, 0f)] // two differ, one is kept: squares 4 and 1, and a's sign wins
    [TestCase(1, 1f, 2f, 0f, 3.5555556f)] // squares 21 and 6: (21·4 + 6·2) / 27
    [TestCase(0.49, 0f, 0f, 0f, 0f)] // none is kept
    public void Sce_SelectsByVariance_AndWeighsBySquares(double topK, params float[] expected)
    {
        using TestModel origin = W(0, 0, 0, 0);
        using TestModel a = W(1, 2, 0, 4);
        using TestModel b = W(1, -1, 0, 2);

        float[] actual = Values(MergeRecipe.With("sce").Base("base").Model("a").Model("b").Parameter("select_topk", topK).Build(), ("base", origin), ("a", a), ("b", b));

        Assert.That(actual, Is.EqualTo(expected).Within(2).Ulps);
    }

    [Test]
    public void Sce_OfScaledTaskVectors_IsScaled([Values(0.3, 1)] double topK)
    {
        const float scale = 1f / (1 << 20);
        float[][] values = [.. Enumerable.Range(1, 3).Select(seed => Numbers(seed, 5000))];
        float[][] results = [.. new[] { 1, scale }.Select(factor =>
        {
            using TestModel origin = W(new float[5000]);
            TestModel[] models = [.. values.Select(vector => W([.. vector.Select(value => value * factor)]))];
            float[] result = Values(
                MergeRecipe.With("sce").Base("base").Model("a").Model("b").Model("c").Parameter("select_topk", topK).Build(),
                ("base", origin), ("a", models[0]), ("b", models[1]), ("c", models[2]));
            Array.ForEach(models, model => model.Dispose());
            return result;
        })];

        // A power of two changes no rounding; equal weights would show, and so would any other absolute limit.
        Assert.That(results[1], Is.EqualTo(results[0].Select(value => value * scale)));
    }

    [Test]
    public void ArceeFusion_OfOneRow_TakesWhatStandsOut()
    {
        using TestModel origin = W(new float[5]);
        using TestModel model = W(1, 2, 3, 4, 100);

        // One row has one divergence. Quartiles 2, 3 and 4: from 3 + 1.5 · 2 on.
        Assert.That(
            Values(MergeRecipe.With("arcee_fusion").Base("base").Model("a").Build(), ("base", origin), ("a", model)), Is.EqualTo((float[])[0, 0, 0, 0, 100]));
    }

    [Test]
    public void ArceeFusion_OfRows_WeighsEachByItsDivergence()
    {
        using TestModel origin = new TestModel().Add("w", DataType.F32, [2, 5], new float[10]);
        using TestModel model = new TestModel().Add("w", DataType.F32, [2, 5], [1, 2, 3, 4, 100, 7, 7, 7, 7, 7]);

        // A constant leaves the softmax as it is: the second row matters nothing. Quartiles 0, 0 and 2: from 1.5 · 2 on.
        Assert.That(
            Values(MergeRecipe.With("arcee_fusion").Base("base").Model("a").Build(), ("base", origin), ("a", model)),
            Is.EqualTo((float[])[0, 0, 3, 4, 100, 0, 0, 0, 0, 0]));
    }

    [Test]
    public void ArceeFusion_OfALargeTensor_TakesItsQuartilesOfAllElements()
    {
        const int count = 1_100_003;
        float[] values = Numbers(4, count);
        using TestModel origin = W(new float[count]);
        using TestModel model = W(values);
        float[] sorted = [.. values.Select(Math.Abs).Order()];
        double At(double fraction) => sorted[(int)Math.Floor(fraction * (count - 1))];
        double threshold = At(0.5) + (1.5 * (At(0.75) - At(0.25)));

        float[] actual = Values(MergeRecipe.With("arcee_fusion").Base("base").Model("a").Build(), ("base", origin), ("a", model));

        Assert.That(actual.AsSpan().SequenceEqual([.. values.Select(value => Math.Abs(value) >= threshold ? value : 0)]));
    }

    [Test]
    public void OfBFloat16_BFloat16ComesOut([ValueSource(nameof(Methods))] string method)
    {
        using TestModel origin = new TestModel().Add("w", DataType.BF16, [2, 2], [1, 2, 3, 4]);
        using TestModel other = new TestModel().Add("w", DataType.BF16, [2, 2], [1, 2, 3, 5]);
        using MergePlan plan = Merger(("base", origin), ("a", other)).Plan(Recipe(method));

        Assert.That(plan.Tensors.Single().Output.DataType, Is.EqualTo(DataType.BF16));
    }

    [Test]
    public void AModelMergedWithItself_IsItself_ByteForByte([ValueSource(nameof(Methods))] string method)
    {
        using TestModel model = Random(1, tensors: 1, type: DataType.BF16);

        byte[] actual = Merge(Recipe(method), ("base", model), ("a", model))["layers.0.weight"];

        Assert.That(actual.AsSpan().SequenceEqual(TensorBytes.Read(model["layers.0.weight"].Source)));
    }

    private static MergeRecipe Recipe(string method)
    {
        MergeRecipeBuilder recipe = MergeRecipe.With(method).Base("base");
        return (method.StartsWith("breadcrumbs", StringComparison.Ordinal) ? recipe.Model("a", weight: 0.3, density: 0.5) : recipe.Model("a")).Build();
    }

    private static float[] Numbers(int seed, int count)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * seed)];
    }
}
