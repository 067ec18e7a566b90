using DataShapley;
using DataShapley.Clustering;
using DataShapley.Datasets;
using DataShapley.Datasets.Synthetic;
using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Neighbors;
using DataShapley.Refinement;
using DataShapley.Results;
using DataShapley.Statistics;
using DataShapley.Stopping;
using DataShapley.Utilities;
using Microsoft.ML;
using Microsoft.ML.Data;
using ModelTensors.Devices.Cpu;
using RunKit;

namespace Documentation.Tests.Snippets;

public sealed class ValuingSnippets
{
    [Test]
    public async Task OwnUtility()
    {
        double[] gains = [3, 1, 4, 1, 5];

        // snippet: OwnUtility
        IUtility utility = new DelegateUtility("square root of gains", playerCount: gains.Length, coalition =>
        {
            double sum = coalition.ToArray().Sum(player => gains[player]);
            return Math.Sqrt(sum);
        });
        ValuationResult result = await new DataValuator().ValueAsync(utility, new ValuationRecipe(new ExactEstimator()));
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values.Sum(), Is.EqualTo(Math.Sqrt(14)).Within(1e-12));
            Assert.That(result.Ranking(), Is.EqualTo((int[])[4, 2, 0, 1, 3]));
        }
    }

    [Test]
    public async Task MlNet()
    {
        MlRow[] training = [.. Enumerable.Range(0, 12).Select(i => new MlRow { Features = [i % 2 == 0 ? -1 : 1, i * 0.1f], Label = i % 2 == 1 })];
        MlRow[] test = [.. Enumerable.Range(0, 40).Select(i => new MlRow { Features = [i % 2 == 0 ? -1 : 1, 0.5f], Label = i % 2 == 1 })];

        // snippet: MlNet
        IUtility utility = new DelegateUtility("logistic regression on my data, version 1", training.Length, coalition =>
        {
            MlRow[] chosen = [.. coalition.ToArray().Select(player => training[player])];
            if (chosen.Select(row => row.Label).Distinct().Count() < 2)
            {
                return 0.5;   // one class is no training set: a coin's accuracy
            }

            MLContext ml = new(seed: 1);   // of its own: coalitions are evaluated in parallel, and a trainer is for one thread
            var pipeline = ml.Transforms.NormalizeMeanVariance("Features")
                .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression());
            var model = pipeline.Fit(ml.Data.LoadFromEnumerable(chosen));
            return ml.BinaryClassification.Evaluate(model.Transform(ml.Data.LoadFromEnumerable(test))).Accuracy;
        });
        // end

        ValuationResult result = await new DataValuator().ValueAsync(utility, new ValuationRecipe(new LeaveOneOutEstimator()));
        Assert.That(result.Values, Is.All.InRange(-1, 1));
    }

    [Test]
    public async Task Process()
    {
        using WorkFolder work = new(nameof(Process));
        string folder = work["scripts"];
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "train.sh"), "tr -cd , < $1 | wc -c");
        string python = "sh";
        string script = Path.Combine(folder, "train.sh");
        int examples = 4;

        // snippet: Process
        IUtility utility = new ExternalProcessUtility(
            "sentiment data of May, train.py version 3",
            examples,
            new CommandTemplate([python, script, "{members}", "{seed}"]),
            new ExternalProcessUtilityOptions { TimeOut = TimeSpan.FromMinutes(30) });
        // end

        ValuationResult result = await new DataValuator().ValueAsync(utility, new ValuationRecipe(new LeaveOneOutEstimator()));
        Assert.That(result.Values, Is.All.EqualTo(1));
    }

    [Test]
    public async Task LongRun()
    {
        using WorkFolder work = new(nameof(LongRun));
        Directory.CreateDirectory(work["run"]);
        string folder = work["run"];
        IUtility utility = new DelegateUtility("sizes", 5, coalition => Math.Sqrt(coalition.Size));

        // snippet: LongRun
        ValuationRecipe recipe = new(new PermutationEstimator())
        {
            Budget = 20_000,
            Stop = new AbsoluteStandardError(0.005) | new TimeLimit(TimeSpan.FromHours(8)),
            Seed = 42,
            Evaluation = new EvaluationOptions
            {
                Workers = 8,
                JournalPath = $"{folder}/run.journal",
                OnException = FailurePolicy.Skip,
                TimeOut = TimeSpan.FromMinutes(30),
            },
        };
        ValuationResult result = await new DataValuator().ValueAsync(utility, recipe);
        foreach (int player in result.Ranking()[..3])
        {
            Interval interval = result.Intervals(level: 0.95)[player];
            Console.WriteLine($"{result.NameOf(player)}: {result.Values[player]:0.000} [{interval.Low:0.000}, {interval.High:0.000}]");
        }

        ValuationFile.Save(result, $"{folder}/values.json");
        ValuationReport.Save(result, $"{folder}/report.html");
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Status, Is.EqualTo(ValuationStatus.Converged));
            Assert.That(result.Values, Is.All.EqualTo(Math.Sqrt(5) / 5).Within(0.02));
            Assert.That(File.Exists($"{folder}/report.html"));
        }
    }

    [Test]
    public void Neighbors()
    {
        LabeledPoints training = Blobs.Make(new BlobOptions { Count = 40, Seed = 1 });
        LabeledPoints test = Blobs.Make(new BlobOptions { Count = 20, Seed = 1 });

        // snippet: Neighbors
        using CpuDevice device = new();
        KnnClassification game = new() { K = 5, Semivalue = Semivalue.Beta(16, 1) };
        ValuationResult result = game.Value(device, NeighborData.Of(training), NeighborData.Of(test));
        // end

        Assert.That(result.Values, Has.Count.EqualTo(40));
    }

    [Test]
    public async Task Refine()
    {
        using WorkFolder work = new(nameof(Refine));
        string folder = work["shed"];
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "instructions.jsonl");
        await File.WriteAllLinesAsync(path, Enumerable.Range(0, 30).Select(i => $"{{\"instruction\": \"{(i % 3) switch { 0 => "add", 1 => "sort", _ => "reverse" }} {i}\", \"output\": \"{i}\"}}"));
        Func<IReadOnlyList<int>, Coalition, double> fineTuneAndScore = (proxies, coalition) => coalition.ToArray().Sum(player => proxies[player] % 3);

        // snippet: Refine
        using CpuDevice device = new();
        using Dataset instructions = await Dataset.IndexAsync(path);
        ShedPipeline pipeline = new(instructions, $"{folder}/work", device, new ShedOptions
        {
            Clustering = new KMeansOptions { Clusters = 6 },
            Valuation = new ValuationRecipe(new GroupRemovalEstimator { GroupSize = 2, Iterations = 10, Centre = true }),
            Sampler = new QualityWeightedSampler { Scale = ScoreScale.Standardize, Strength = 2 },
            Count = 9,
        });
        RecordClusters clusters = await pipeline.ClusterAsync(new HashedTfIdfEmbedder());
        IUtility utility = new DelegateUtility("my fine-tune", clusters.Proxies.Count, coalition => fineTuneAndScore(clusters.Proxies, coalition));
        ValuationResult values = await pipeline.ScoreAsync(utility);
        IReadOnlyList<int> kept = await pipeline.SampleAsync(clusters, values, $"{folder}/kept.jsonl");
        // end

        Assert.That(kept, Has.Count.EqualTo(9));
    }

    private sealed class MlRow
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }
}
