using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

public sealed class FisherTests
{
    private static MergeRecipe Recipe => MergeRecipe.With("fisher").Model("a", "a-fisher", weight: 1).Model("b", "b-fisher", weight: 2).Build();

    [Test]
    public void Fisher_WeighsEachElementByItsStatistics()
    {
        using TestModel a = W(1, 2, 3, 4);
        using TestModel b = W(5, 6, -3, 7);
        using TestModel first = W(3, 0, 2, 0);
        using TestModel second = W(0.5f, 4, 1, 0);

        // (3·1 + 2·0.5·5) / 4, only b, (2·3 − 2·1·3) / 4, and where all are zero the mean by the weights: (4 + 2·7) / 3.
        float[] actual = Values(Recipe, ("a", a), ("b", b), ("a-fisher", first), ("b-fisher", second));

        Assert.That(actual, Is.EqualTo((float[])[2, 6, 0, 6]).Within(1).Ulps);
    }

    [Test]
    public void Fisher_OfStatisticsNearTheLargestFloat_DoesNotOverflow()
    {
        using TestModel a = W(1, 2, 3, 4);
        using TestModel b = W(5, 6, -3, 7);
        using TestModel large = W(3e38f, 3e38f, 3e38f, 3e38f);

        float[] actual = Values(Recipe, ("a", a), ("b", b), ("a-fisher", large), ("b-fisher", large));

        Assert.That(actual, Is.EqualTo((float[])[11 / 3f, 14 / 3f, -1, 6]).Within(2).Ulps);
    }

    [Test]
    public void Fisher_OfOneModel_IsThatModel([Values(DataType.BF16, DataType.F32)] DataType type)
    {
        using TestModel a = Random(1, tensors: 1, type: type);
        using TestModel statistics = Squares(5);

        byte[] actual = Merge(MergeRecipe.With("fisher").Model("a", "s").Build(), ("a", a), ("s", statistics))["layers.0.weight"];

        Assert.That(actual.AsSpan().SequenceEqual(TensorBytes.Read(a["layers.0.weight"].Source)));
    }

    [Test]
    public void Fisher_OfAModelWithItself_IsThatModel()
    {
        using TestModel a = Random(1, tensors: 1, type: DataType.BF16);
        using TestModel first = Squares(5);
        using TestModel second = Squares(6);

        byte[] actual = Merge(Recipe, ("a", a), ("b", a), ("a-fisher", first), ("b-fisher", second))["layers.0.weight"];

        Assert.That(actual.AsSpan().SequenceEqual(TensorBytes.Read(a["layers.0.weight"].Source)));
    }

    [Test]
    public void Fisher_WithEqualStatistics_IsTheWeightedMean()
    {
        using TestModel a = Random(1, tensors: 1);
        using TestModel b = Random(2, tensors: 1);
        using TestModel statistics = Squares(5);

        byte[] actual = Merge(Recipe, ("a", a), ("b", b), ("a-fisher", statistics), ("b-fisher", statistics))["layers.0.weight"];
        byte[] mean = Merge(MergeRecipe.With("linear").Model("a", weight: 1).Model("b", weight: 2).Build(), ("a", a), ("b", b))["layers.0.weight"];

        AssertClose(actual, mean, 3e-7f);
    }

    [Test]
    public void Fisher_OfAnySizeOfStatistics_EqualsTheFormulaInDouble([Values(1f, 1e-30f)] float scale)
    {
        using TestModel a = Random(1, tensors: 1);
        using TestModel b = Random(2, tensors: 1);
        using TestModel first = Squares(5, scale);
        using TestModel second = Squares(6, scale);

        float[] actual = Floats(Merge(Recipe, ("a", a), ("b", b), ("a-fisher", first), ("b-fisher", second))["layers.0.weight"]);

        float[][] values = [.. ((TestModel[])[a, b, first, second]).Select(model => model["layers.0.weight"].ToSingles())];
        for (int i = 0; i < actual.Length; i++)
        {
            (double own, double other) = (values[2][i], 2.0 * values[3][i]);
            double expected = ((own * values[0][i]) + (other * values[1][i])) / (own + other);
            if (!(Math.Abs(actual[i] - expected) < 4e-7))
            {
                Assert.Fail($"{i}: {actual[i]:R}, not {expected:R}");
            }
        }
    }

    [Test]
    public void Fisher_GivesTheSameBytes_OnAnyThreadsAndInLittleMemory()
    {
        using TestModel a = Random(1, tensors: 1, type: DataType.BF16);
        using TestModel b = Random(2, tensors: 1, type: DataType.BF16);
        using TestModel first = Squares(5);
        using TestModel second = Squares(6);
        ModelMerger merger = Merger(("a", a), ("b", b), ("a-fisher", first), ("b-fisher", second));
        using ModelAggregation.Merging.Planning.MergePlan plan = merger.Plan(Recipe);
        byte[][] results = [.. ((MergeOptions[])[new() { Threads = 1 }, new() { Threads = 2 }, new() { Threads = 7, WorkingMemory = 1 << 20 }]).Select(options =>
        {
            using MergedModel output = merger.MergeInMemory(plan, options);
            return TensorBytes.Read(output, "layers.0.weight");
        })];

        Assert.That(results[1].AsSpan().SequenceEqual(results[0]) && results[2].AsSpan().SequenceEqual(results[0]));
    }

    [TestCase(-1f)]
    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void Fisher_WithUnusableStatistics_NamesThem(float value)
    {
        using TestModel a = W(1, 2, 3);
        using TestModel first = W(1, 1, 1);
        using TestModel second = W(value, 1, value);

        MergeDataException error = Assert.Throws<MergeDataException>(
            () => Values(Recipe, ("a", a), ("b", a), ("a-fisher", first), ("b-fisher", second)))!;

        Assert.That((error.Error, error.Model, error.TensorName, error.Count), Is.EqualTo((MergeDataError.UnusableStatistics, "b-fisher", "w", 2L)));
    }

    private static TestModel Squares(int seed, float scale = 1)
    {
        using TestModel model = Random(seed, tensors: 1);
        float[] values = [.. model["layers.0.weight"].ToSingles().Select(value => value * value * scale)];
        return new TestModel().Add("layers.0.weight", values);
    }

    private static float[] Floats(byte[] bytes) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    private static void AssertClose(byte[] actual, byte[] expected, float tolerance) =>
        Assert.That(Floats(actual).Zip(Floats(expected), (left, right) => Math.Abs(left - right)).Max(), Is.LessThan(tolerance));
}
