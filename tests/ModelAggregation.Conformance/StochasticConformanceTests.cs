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

    private static IEnumerable<string> Ids(string sparsify) => Document["cases"]!.AsArray()
        .Where(item => string.Equals(item!["sparsify"]?.GetValue<string>(), sparsify, StringComparison.Ordinal))
        .Select(item => item!["id"]!.GetValue<string>());

    [Test]
    public void TheVectorsHaveFortyCases()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Ids("random").Count(), Is.EqualTo(18));
            Assert.That(Ids("della_magprune").Count(), Is.EqualTo(18));
            Assert.That(Document["cases"]!.AsArray(), Has.Count.EqualTo(40));
        }
    }

    [TestCaseSource(nameof(Ids), new object[] { "random" })]
    public void Dare_OverManySeeds_KeepsAndScalesAsTheReference(string id)
    {
        JsonNode item = Find(id);
        double density = item["density"]!.GetValue<double>();
        bool rescale = item["rescale"]!.GetValue<bool>();
        Trials trials = Run(item, MergeRecipe.With("dare_ties").Parameter("rescale", rescale), density);
        double[] delta = trials.Delta;

        // The slope's own deviation: small but for few large entries, where 200 seeds say little.
        double squares = delta.Sum(value => value * value);
        double spread = rescale ? (1 - density) / density : density * (1 - density);
        double slopeDeviation = Math.Sqrt(delta.Sum(value => Math.Pow(value, 4)) * spread / Repetitions) / squares;
        using (Assert.EnterMultipleScope())
        {
            AssertKeepsAndScales(trials, density, rescale, Math.Sqrt(density * (1 - density) / delta.Length));
            Assert.That(trials.Slope, Is.EqualTo(rescale ? 1 : density).Within(Math.Max(0.02, 4 * slopeDeviation)), "the slope of the mean output against the input");
        }
    }

    [TestCaseSource(nameof(Ids), new object[] { "della_magprune" })]
    public void Della_OverManySeeds_KeepsAndScalesAsTheReference(string id)
    {
        JsonNode item = Find(id);
        double density = item["density"]!.GetValue<double>();
        bool rescale = item["rescale"]!.GetValue<bool>();
        Trials trials = Run(item, MergeRecipe.With("della").Parameter("epsilon", item["epsilon"]!.GetValue<double>()).Parameter("rescale", rescale), density);
        JsonNode expect = item["expect"]!;
        using (Assert.EnterMultipleScope())
        {
            AssertKeepsAndScales(trials, density, rescale, expect["keep_ratio_std"]!.GetValue<double>());
            Assert.That(trials.KeptOfTenth(0), Is.EqualTo(expect["keep_ratio_smallest_tenth"]!.GetValue<double>()).Within(0.006), "the ratio kept of the smallest tenth");
            Assert.That(trials.KeptOfTenth(9), Is.EqualTo(expect["keep_ratio_largest_tenth"]!.GetValue<double>()).Within(0.006), "the ratio kept of the largest tenth");
            Assert.That(trials.Slope, Is.EqualTo(item["reference_measured"]!["mean_output_slope_vs_input"]!.GetValue<double>()).Within(0.02), "the slope, biased towards large entries");
        }
    }

    [Test]
    public void Della_DividedByItsProbabilities_HasTheTaskVectorAsItsExpectation([Values("delta", "heavy", "delta_1d")] string name)
    {
        JsonNode item = Document["cases"]!.AsArray().First(item => string.Equals(item!["delta"]?.GetValue<string>(), name, StringComparison.Ordinal))!;
        const double density = 0.3;
        Trials trials = Run(item, MergeRecipe.With("della_linear").Parameter("epsilon", 0.2).Parameter("rescale_norm", "probability"), density);
        double squares = trials.Delta.Sum(value => value * value);
        double slopeDeviation = Math.Sqrt(trials.Delta.Sum(value => Math.Pow(value, 4)) / 0.1 / Repetitions) / squares;

        Assert.That(trials.Slope, Is.EqualTo(1).Within(4 * slopeDeviation));
        Assert.That(slopeDeviation, Is.LessThan(0.01).Or.Matches<double>(_ => name is "heavy"), "the bound tells bias from chance");
    }

    private static void AssertKeepsAndScales(Trials trials, double density, bool rescale, double deviation)
    {
        Assert.That(trials.WorstKept, Is.LessThan(5 * deviation), "the ratio kept with some seed");
        Assert.That(trials.Kept, Is.EqualTo(density).Within(5 * deviation / Math.Sqrt(Repetitions)), "the mean ratio kept");
        Assert.That(trials.WorstFactor, rescale ? Is.LessThan(1e-6) : Is.Zero, "one factor for each tensor, and without rescaling none");
        Assert.That(trials.WorstL1, rescale ? Is.LessThan(1e-4) : Is.GreaterThan(1e-4), "the sum of magnitudes");
    }

    /// <summary>Merges the delta of a case with many seeds.</summary>
    private static Trials Run(JsonNode item, MergeRecipeBuilder recipe, double density)
    {
        string name = item["delta"]!.GetValue<string>();
        Trials trials = new(GoldenTensors.Stochastic.Singles(name), GoldenTensors.Stochastic[name].Shape, density);
        using Rig rig = new(("model", name));
        recipe = recipe.Base("zero").Model("model", weight: 1, density: density);
        for (int seed = 0; seed < Repetitions; seed++)
        {
            trials.Add(rig.Merge(recipe.Seed((ulong)seed).Build()), Repetitions);
        }

        return trials;
    }

    [Test]
    public void AMergeOfTwoModels_LosesAndBiasesAsTheReference([Values("dare_linear", "dare_ties", "della", "della_linear")] string method)
    {
        JsonNode item = Find($"{method}_whole");
        (string Name, string Delta)[] models = [.. item["models"]!.AsObject().Select(model => (model.Key, model.Value!.GetValue<string>()))];
        using Rig rig = new(models);
        float[][] deltas = [.. models.Select(model => GoldenTensors.Stochastic.Singles(model.Delta))];
        double[] mean = new double[deltas[0].Length];
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

        double[] sum = [.. Enumerable.Range(0, mean.Length).Select(i => models.Select((model, j) => Number(item, "weight", model.Name) * deltas[j][i]).Sum())];
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
    public void AMergeWithTheSameSeed_IsTheSame_AndWithAnotherIsNot([Values("dare_linear", "dare_ties", "della", "della_linear")] string method)
    {
        JsonNode item = Find($"{method}_whole");
        string[] names = [.. item["models"]!.AsObject().Select(model => model.Key)];
        using Rig rig = new([.. names.Select(name => (name, item["models"]![name]!.GetValue<string>()))]);

        float[] first = rig.Merge(Recipe(item, names, 7));

        Assert.That(rig.Merge(Recipe(item, names, 7)).AsSpan().SequenceEqual(first));
        Assert.That(rig.Merge(Recipe(item, names, 8)).AsSpan().SequenceEqual(first), Is.False);
    }

    private static MergeRecipe Recipe(JsonNode item, IEnumerable<string> names, ulong seed)
    {
        MergeRecipeBuilder builder = MergeRecipe.With(item["method"]!.GetValue<string>()).Base("zero").Seed(seed);
        foreach (string name in names)
        {
            builder.Model(name, weight: Number(item, "weight", name), density: Number(item, "density", name));
        }

        return builder.Build();
    }

    private static double Number(JsonNode item, string parameter, string model) => item["tensor_parameters"]![parameter]![model]!.GetValue<double>();

    private static JsonNode Find(string id) =>
        Document["cases"]!.AsArray().Single(item => string.Equals(item!["id"]!.GetValue<string>(), id, StringComparison.Ordinal))!;

    /// <summary>What many merges of one task vector gave.</summary>
    private sealed class Trials(float[] delta, TensorShape shape, double density)
    {
        private readonly double[] _mean = new double[delta.Length];
        private readonly double[] _kept = new double[delta.Length];

        public double[] Delta { get; } = [.. delta.Select(value => (double)value)];

        public double Kept => _kept.Average();

        public double WorstKept { get; private set; }

        public double WorstFactor { get; private set; }

        public double WorstL1 { get; private set; }

        public double Slope => _mean.Zip(Delta, (output, input) => output * input).Sum() / Delta.Sum(value => value * value);

        public void Add(float[] output, int repetitions)
        {
            Assert.That(Delta, Has.None.Zero, "what is dropped is told by its zero");
            double kept = 0;
            double sum = 0;
            double smallest = double.MaxValue;
            double largest = 0;
            for (int i = 0; i < output.Length; i++)
            {
                _mean[i] += output[i] / (double)repetitions;
                sum += Math.Abs((double)output[i]);
                if (output[i] != 0)
                {
                    kept++;
                    _kept[i] += 1.0 / repetitions;
                    double factor = output[i] / Delta[i];
                    smallest = Math.Min(smallest, factor);
                    largest = Math.Max(largest, factor);
                }
            }

            double l1 = Delta.Sum(Math.Abs);
            WorstKept = Math.Max(WorstKept, Math.Abs((kept / output.Length) - density));
            WorstFactor = Math.Max(WorstFactor, (largest - smallest) / smallest);
            WorstL1 = Math.Max(WorstL1, Math.Abs(sum - l1) / l1);
        }

        /// <summary>Returns how much is kept of a tenth of each row, the elements ordered by magnitude.</summary>
        public double KeptOfTenth(int tenth)
        {
            int length = (int)(shape.Rank < 2 ? shape.ElementCount : shape[1]);
            return Enumerable.Range(0, delta.Length / length).Average(row =>
            {
                int[] ordered = [.. Enumerable.Range(row * length, length).OrderBy(i => Math.Abs(Delta[i]))];
                return ordered[(tenth * length / 10)..((tenth + 1) * length / 10)].Average(i => _kept[i]);
            });
        }
    }

    /// <summary>Models of one tensor, a base of zeros, and what merges them.</summary>
    private sealed class Rig : IDisposable
    {
        private const string Tensor = "w";

        private readonly List<TestModel> _models = [];
        private readonly ModelMerger _merger;
        private readonly CpuDevice _device = new(new CpuDeviceOptions { Threads = 1 });

        public Rig(params (string Name, string Delta)[] models)
        {
            Dictionary<string, TensorSet> sets = new(StringComparer.Ordinal);
            TensorShape shape = GoldenTensors.Stochastic[models[0].Delta].Shape;
            foreach ((string name, float[] values) in models
                .Select(model => (model.Name, GoldenTensors.Stochastic.Singles(model.Delta)))
                .Append(("zero", new float[shape.ElementCount])))
            {
                TestModel model = new TestModel().Add(Tensor, DataType.F32, shape.Dimensions.AsSpan(), values);
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
