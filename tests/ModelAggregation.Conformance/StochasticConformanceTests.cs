using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Conformance;

/// <summary>What random dropping has to do on average. On a base of zeros, the merge of one model is its sparsified task vector itself.</summary>
public sealed class StochasticConformanceTests
{
    private static readonly JsonNode Document = Vectors.Load("stochastic.json");

    private static readonly int Repetitions = Document["repetitions"]!.GetValue<int>();

    private static IEnumerable<string> Ids() => Document["cases"]!.AsArray()
        .Where(item => item!["sparsify"]?.GetValue<string>() is "random")
        .Select(item => item!["id"]!.GetValue<string>());

    [Test]
    public void TheVectorsHaveEighteenCases() => Assert.That(Ids().Count(), Is.EqualTo(18));

    [TestCaseSource(nameof(Ids))]
    public void Dare_OverManySeeds_KeepsAndScalesAsTheReference(string id)
    {
        JsonNode item = Find(id);
        double density = item["density"]!.GetValue<double>();
        bool rescale = item["rescale"]!.GetValue<bool>();
        float[] delta = GoldenTensors.Stochastic.Singles(item["delta"]!.GetValue<string>());
        Assert.That(delta, Has.None.EqualTo(0f), "what is dropped is told by its zero");
        double l1 = delta.Sum(value => Math.Abs((double)value));
        double deviation = Math.Sqrt(density * (1 - density) / delta.Length);
        double[] mean = new double[delta.Length];
        double keptTotal = 0;
        double worstKept = 0;
        double worstFactor = 0;
        double worstL1 = 0;
        using Rig rig = new(("model", delta));
        for (int seed = 0; seed < Repetitions; seed++)
        {
            float[] output = rig.Merge(
                MergeRecipe.With("dare_ties").Base("zero").Model("model", weight: 1, density: density).Parameter("rescale", rescale).Seed((ulong)seed).Build());
            int kept = 0;
            double sum = 0;
            double smallest = double.MaxValue;
            double largest = 0;
            for (int i = 0; i < output.Length; i++)
            {
                mean[i] += output[i] / (double)Repetitions;
                sum += Math.Abs((double)output[i]);
                if (output[i] != 0)
                {
                    kept++;
                    double factor = (double)output[i] / delta[i];
                    smallest = Math.Min(smallest, factor);
                    largest = Math.Max(largest, factor);
                }
            }

            double ratio = (double)kept / output.Length;
            keptTotal += ratio;
            worstKept = Math.Max(worstKept, Math.Abs(ratio - density));
            worstFactor = Math.Max(worstFactor, (largest - smallest) / smallest);
            worstL1 = Math.Max(worstL1, Math.Abs(sum - l1) / l1);
            Assert.That(rescale || (smallest == 1 && largest == 1), "without rescaling the kept are unchanged, bit for bit");
        }

        // The slope's own deviation: small but for few large entries, where 200 seeds say little.
        double squares = delta.Sum(value => (double)value * value);
        double spread = rescale ? (1 - density) / density : density * (1 - density);
        double slopeDeviation = Math.Sqrt(delta.Sum(value => Math.Pow(value, 4)) * spread / Repetitions) / squares;
        double slope = mean.Zip(delta, (output, input) => output * input).Sum() / squares;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(worstKept, Is.LessThan(5 * deviation), "the ratio kept with some seed");
            Assert.That(keptTotal / Repetitions, Is.EqualTo(density).Within(5 * deviation / Math.Sqrt(Repetitions)), "the mean ratio kept");
            Assert.That(worstFactor, Is.LessThan(1e-6), "one factor for each tensor");
            Assert.That(worstL1, rescale ? Is.LessThan(1e-4) : Is.GreaterThan(1e-4), "the sum of magnitudes");
            Assert.That(slope, Is.EqualTo(rescale ? 1 : density).Within(Math.Max(0.02, 4 * slopeDeviation)), "the slope of the mean output against the input");
        }
    }

    [Test]
    public void DareTies_OfTwoModels_LosesAndBiasesAsTheReference()
    {
        JsonNode item = Find("dare_ties_whole");
        (string Name, float[] Delta)[] models = [.. item["models"]!.AsObject().Select(model => (model.Key, GoldenTensors.Stochastic.Singles(model.Value!.GetValue<string>())))];
        using Rig rig = new(models);
        double[] mean = new double[models[0].Delta.Length];
        double zeros = 0;
        for (int seed = 0; seed < Repetitions; seed++)
        {
            float[] output = rig.Merge(Recipe(item, models.Select(model => model.Name), (ulong)seed));
            zeros += output.Count(value => value == 0) / (double)output.Length / Repetitions;
            for (int i = 0; i < output.Length; i++)
            {
                mean[i] += output[i] / (double)Repetitions;
            }
        }

        double[] sum = [.. Enumerable.Range(0, mean.Length).Select(i => models.Sum(model => Number(item, "weight", model.Name) * model.Delta[i]))];
        JsonNode expect = item["expect"]!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(zeros, Is.EqualTo(expect["zero_output_ratio_about"]!.GetValue<double>())
                .Within(5 * expect["zero_output_ratio_std"]!.GetValue<double>() / Math.Sqrt(Repetitions)));
            Assert.That(mean.Zip(sum, (output, input) => output * input).Sum() / sum.Sum(value => value * value),
                Is.EqualTo(expect["mean_slope_vs_weighted_sum"]!.GetValue<double>()).Within(0.02));
        }
    }

    [Test]
    public void DareTies_WithTheSameSeed_IsTheSame_AndWithAnotherIsNot()
    {
        JsonNode item = Find("dare_ties_whole");
        string[] names = [.. item["models"]!.AsObject().Select(model => model.Key)];
        using Rig rig = new([.. names.Select(name => (name, GoldenTensors.Stochastic.Singles(item["models"]![name]!.GetValue<string>())))]);

        float[] first = rig.Merge(Recipe(item, names, 7));

        Assert.That(rig.Merge(Recipe(item, names, 7)).AsSpan().SequenceEqual(first));
        Assert.That(rig.Merge(Recipe(item, names, 8)).AsSpan().SequenceEqual(first), Is.False);
    }

    private static MergeRecipe Recipe(JsonNode item, IEnumerable<string> names, ulong seed)
    {
        MergeRecipeBuilder builder = MergeRecipe.With("dare_ties").Base("zero").Seed(seed);
        foreach (string name in names)
        {
            builder.Model(name, weight: Number(item, "weight", name), density: Number(item, "density", name));
        }

        return builder.Build();
    }

    private static double Number(JsonNode item, string parameter, string model) => item["tensor_parameters"]![parameter]![model]!.GetValue<double>();

    private static JsonNode Find(string id) =>
        Document["cases"]!.AsArray().Single(item => string.Equals(item!["id"]!.GetValue<string>(), id, StringComparison.Ordinal))!;

    /// <summary>Models of one tensor, a base of zeros, and what merges them.</summary>
    private sealed class Rig : IDisposable
    {
        private const string Tensor = "w";

        private readonly List<TestModel> _models = [];
        private readonly ModelMerger _merger;
        private readonly CpuDevice _device = new(new CpuDeviceOptions { Threads = 1 });

        public Rig(params (string Name, float[] Delta)[] models)
        {
            Dictionary<string, TensorSet> sets = new(StringComparer.Ordinal);
            foreach ((string name, float[] values) in models.Append(("zero", new float[models[0].Delta.Length])))
            {
                TestModel model = new TestModel().Add(Tensor, values);
                _models.Add(model);
                sets.Add(name, model.ToSet());
            }

            _merger = new ModelMerger(new MemoryModelResolver(sets));
        }

        public float[] Merge(MergeRecipe recipe)
        {
            using MergePlan plan = _merger.Plan(recipe);
            using MergedModel output = _merger.MergeInMemory(plan, new MergeOptions { Device = _device });
            return TensorBytes.Singles(output, Tensor);
        }

        public void Dispose()
        {
            _device.Dispose();
            _models.ForEach(model => model.Dispose());
        }
    }
}
