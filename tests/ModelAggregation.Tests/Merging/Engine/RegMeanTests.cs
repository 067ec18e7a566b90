using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

public sealed class RegMeanTests
{
    private const int Outputs = 300;
    private const int Inputs = 70;

    [TestCase(1.0, 0.0, 1.75f, 1f)]
    [TestCase(0.5, 0.0, 1.875f, 1.25f)]
    [TestCase(0.0, 0.0, 2f, 1.5f)]
    [TestCase(1.0, 1.0, 1.875f, 1.25f)]
    public void RegMean_SolvesForTheWeights(double alpha, double ridge, float first, float second)
    {
        using TestModel a = Matrix([1, 2], 1, 1);
        using TestModel b = Matrix([1, 2], 3, 2);
        using TestModel left = Matrix([2, 2], 2, 1, 1, 2);
        using TestModel right = Matrix([2, 2], 2, -1, -1, 2);

        // (1 1)·(2 1; 1 2) = (3, 3) and (3 2)·(2 −1; −1 2) = (4, 1): together (7, 4), over 4·I.
        // Half of what is off the diagonal: (2.5, 2.5) and (5, 2.5); none of it: (2, 2) and (6, 4).
        // A ridge of the diagonal's own size halves the way from the mean (2, 1.5) to (1.75, 1).
        float[] actual = Values(
            MergeRecipe.With("regmean").Model("a", "a-gram").Model("b", "b-gram").Parameter("alpha", alpha).Parameter("ridge", ridge).Build(),
            ("a", a), ("b", b), ("a-gram", left), ("b-gram", right));

        Assert.That(actual, Is.EqualTo((float[])[first, second]).Within(1).Ulps);
    }

    [Test]
    public void RegMean_OfRandomLayers_HasNoGradient()
    {
        using TestModel a = Layer(1);
        using TestModel b = Layer(2);
        using TestModel left = Gram(3);
        using TestModel right = Gram(4);

        float[] actual = Values(Recipe(alpha: 0.9), ("a", a), ("b", b), ("a-gram", left), ("b-gram", right));

        // In the minimum Σ wᵢ·(W − Wᵢ)·Gᵢ is zero.
        (double Weight, float[] Layer, float[] Gram)[] models = [(1, a["w"].ToSingles(), left["w"].ToSingles()), (3, b["w"].ToSingles(), right["w"].ToSingles())];
        for (int row = 0; row < Outputs; row++)
        {
            for (int column = 0; column < Inputs; column++)
            {
                double gradient = 0;
                double scale = 0;
                foreach ((double weight, float[] layer, float[] gram) in models)
                {
                    for (int k = 0; k < Inputs; k++)
                    {
                        double factor = weight * gram[(k * Inputs) + column] * (k == column ? 1 : 0.9);
                        gradient += (actual[(row * Inputs) + k] - layer[(row * Inputs) + k]) * factor;
                        scale += Math.Abs(layer[(row * Inputs) + k] * factor);
                    }
                }

                Assert.That(gradient, Is.Zero.Within(1e-6 * scale));
            }
        }
    }

    [Test]
    public void RegMean_OfOneModel_IsThatModel([Values(DataType.BF16, DataType.F32)] DataType type)
    {
        using TestModel a = Layer(1, type);
        using TestModel statistics = Gram(3);

        byte[] actual = Merge(MergeRecipe.With("regmean").Model("a", "s").Build(), ("a", a), ("s", statistics))["w"];

        Assert.That(actual.AsSpan().SequenceEqual(TensorBytes.Read(a["w"].Source)));
    }

    [Test]
    public void RegMean_WithEqualStatistics_IsTheWeightedMean()
    {
        using TestModel a = Layer(1);
        using TestModel b = Layer(2);
        using TestModel statistics = Gram(3);

        float[] actual = Values(Recipe(alpha: 0.9), ("a", a), ("b", b), ("a-gram", statistics), ("b-gram", statistics));

        Assert.That(actual, Is.EqualTo(Mean(a, b)).Within(1e-6f));
    }

    [Test]
    public void RegMean_OfTensorsWithoutStatistics_IsTheWeightedMean()
    {
        using TestModel a = Layer(1);
        using TestModel b = Layer(2);
        using TestModel other = new TestModel().Add("other", 1);

        float[] actual = Values(Recipe(alpha: 0.9), ("a", a), ("b", b), ("a-gram", other), ("b-gram", other));

        Assert.That(actual, Is.EqualTo(Mean(a, b)));
    }

    [Test]
    public void RegMean_GivesTheSameBytes_OnAnyThreadsAndInLittleMemory()
    {
        using TestModel a = Layer(1, DataType.BF16);
        using TestModel b = Layer(2, DataType.BF16);
        using TestModel left = Gram(3);
        using TestModel right = Gram(4);
        ModelMerger merger = Merger(("a", a), ("b", b), ("a-gram", left), ("b-gram", right));
        using MergePlan plan = merger.Plan(Recipe(alpha: 0.9));
        byte[][] results = [.. ((MergeOptions[])[new() { Threads = 1 }, new() { Threads = 2 }, new() { Threads = 7, WorkingMemory = 1 << 20 }]).Select(options =>
        {
            using MergedModel output = merger.MergeInMemory(plan, options);
            return TensorBytes.Read(output, "w");
        })];

        Assert.That(results[1].AsSpan().SequenceEqual(results[0]) && results[2].AsSpan().SequenceEqual(results[0]));
        Assert.That(ModelMerger.EstimateMemory(plan), Is.GreaterThan((Inputs * Inputs * 12) + (3 * 256 * Inputs * 4)));
    }

    [Test]
    public void RegMean_WithStatisticsOfTooFewSamples_SaysWhatToDo()
    {
        using TestModel a = Layer(1);
        using TestModel b = Layer(2);
        using TestModel few = Gram(3, samples: 20);

        MergeDataException error = Assert.Throws<MergeDataException>(
            () => Values(Recipe(alpha: 1), ("a", a), ("b", b), ("a-gram", few), ("b-gram", few)))!;
        float[] remedied = Values(Recipe(alpha: 1, ridge: 0.01), ("a", a), ("b", b), ("a-gram", few), ("b-gram", few));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Error, error.TensorName), Is.EqualTo((MergeDataError.UnusableStatistics, "w")));
            Assert.That(error.Message, Does.Contain("'ridge'").And.Contain("'alpha'"));
            Assert.That(remedied, Is.EqualTo(Mean(a, b)).Within(1e-4f));
        }
    }

    [Test]
    public void RegMean_WithNonFiniteStatistics_NamesThem()
    {
        using TestModel a = Matrix([1, 2], 1, 1);
        using TestModel sound = Matrix([2, 2], 1, 0, 0, 1);
        using TestModel broken = Matrix([2, 2], 1, float.NaN, float.NaN, 1);

        MergeDataException error = Assert.Throws<MergeDataException>(
            () => Values(Recipe(alpha: 1), ("a", a), ("b", a), ("a-gram", sound), ("b-gram", broken)))!;

        Assert.That((error.Error, error.Model), Is.EqualTo((MergeDataError.UnusableStatistics, "b-gram")));
    }

    [Test]
    public void RegMean_OfNonFiniteWeights_CountsThem()
    {
        using TestModel a = Matrix([2, 2], 1, float.NaN, 1, 1);
        using TestModel b = Matrix([2, 2], 1, 1, 1, 1);
        using TestModel statistics = Matrix([2, 2], 1, 0, 0, 1);

        MergeDataException error = Assert.Throws<MergeDataException>(
            () => Values(Recipe(alpha: 1), ("a", a), ("b", b), ("a-gram", statistics), ("b-gram", statistics)))!;

        Assert.That((error.Error, error.Model, error.Count), Is.EqualTo((MergeDataError.NonFiniteInput, "a", 1L)));
    }

    private static MergeRecipe Recipe(double alpha, double ridge = 0) => MergeRecipe.With("regmean")
        .Model("a", "a-gram", weight: 1).Model("b", "b-gram", weight: 3).Parameter("alpha", alpha).Parameter("ridge", ridge).Build();

    private static float[] Mean(TestModel a, TestModel b) =>
        Values(MergeRecipe.With("linear").Model("a", weight: 1).Model("b", weight: 3).Build(), ("a", a), ("b", b));

    private static TestModel Layer(int seed, DataType type = DataType.F32) => new TestModel().Add("w", type, [Outputs, Inputs], Uniform(Outputs * Inputs, seed));

    private static TestModel Gram(int seed, int samples = 4 * Inputs)
    {
        float[] inputs = Uniform(samples * Inputs, seed);
        float[] gram = new float[Inputs * Inputs];
        for (int row = 0; row < Inputs; row++)
        {
            for (int column = 0; column < Inputs; column++)
            {
                double sum = 0;
                for (int sample = 0; sample < samples; sample++)
                {
                    sum += (double)inputs[(sample * Inputs) + row] * inputs[(sample * Inputs) + column];
                }

                gram[(row * Inputs) + column] = (float)sum;
            }
        }

        return Matrix([Inputs, Inputs], gram);
    }

    private static float[] Uniform(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private static TestModel Matrix(long[] shape, params float[] values) => new TestModel().Add("w", DataType.F32, shape, values);
}
