using System.Collections.Concurrent;
using System.Globalization;
using DataShapley;
using DataShapley.Clustering;
using DataShapley.Datasets;
using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Refinement;
using DataShapley.Runtime;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Encoders;
using ModelRuntime.Tasks;
using ModelRuntime.Tokenizers;
using ModelRuntime.Training;
using ModelTensors;
using ModelTensors.Devices.Cpu;

namespace ShedRefine;

/// <summary>Chooses records in each way, lets two models learn them, and measures.</summary>
internal sealed class Study(StudySettings settings, string models, string output, IProgress<string> progress)
{
    public const string Base = "a-base";
    public const string Other = "b-base";
    public const string Shed = "SHED";
    public const string Centred = "SHED, centred";
    public const string Msr = "MSR";
    public const string Random = "random";
    public const string UsefulOnly = "useful only";

    // Beside the seeds of the records, so that no question of the validation is another seed's record.
    private const ulong ValidationSeed = 0xFEED;

    private static readonly CharacterTokenizer Tokenizer = new();
    private static readonly RecordTemplate Whole = new("{prompt}{answer}");

    private readonly ConcurrentBag<Outcome> _outcomes = [];
    private readonly TaskExample[] _test =
        [.. StringTask.All.SelectMany(task => TaskFile.Load(Path.Combine(models, "eval", $"{task.Name}.jsonl")).Take(settings.TestQuestions))];

    /// <summary>Gets what came out, in a fixed order.</summary>
    public IReadOnlyList<Outcome> Outcomes => [.. _outcomes.OrderBy(outcome => outcome.Seed).ThenBy(outcome => outcome.Model, StringComparer.Ordinal).ThenBy(outcome => outcome.Kept).ThenBy(outcome => outcome.Method, StringComparer.Ordinal)];

    /// <summary>Gets the correlation of clusters' values with their share of useful less poisoned records, by method and seed.</summary>
    public List<(string Method, int Seed, double Correlation)> Correlations { get; } = [];

    /// <summary>Gets the mean share of a cluster's most frequent kind of record, by seed.</summary>
    public List<double> Purities { get; } = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<TaskExample> validation = TaskGenerator.Generate(
            new TaskSetOptions { Seed = ValidationSeed, IsDistinct = true, Excluded = TaskGenerator.PromptsOf(_test), Mixture = [.. StringTask.All.Select(task => new TaskShare(task))] },
            settings.ValidationQuestions * StringTask.All.Count);
        foreach (string model in (string[])[Base, Other])
        {
            Measure("base", 0, model, seed: -1, [], new InstructionSet([], []), cancellationToken);
        }

        for (int seed = 0; seed < settings.Seeds; seed++)
        {
            await RunAsync(seed, validation, cancellationToken);
        }
    }

    private async Task RunAsync(int seed, IReadOnlyList<TaskExample> validation, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"));
        Directory.CreateDirectory(folder);
        InstructionSet set = InstructionSet.Make(settings.Records, TaskGenerator.PromptsOf([.. _test, .. validation]), (ulong)seed);
        string file = Path.Combine(folder, "instructions.jsonl");
        TaskFile.Save(file, set.Records);
        TrainingExample[] examples = [.. set.Records.Select(Example)];
        Dictionary<string, ValuationResult> values = new(StringComparer.Ordinal);
        RecordClusters clusters;
        using (Dataset dataset = await Dataset.IndexAsync(file, cancellationToken: cancellationToken))
        using (CpuDevice device = new())
        {
            progress.Report($"seed {seed}: embedding and clustering");
            using DecoderModel embedding = DecoderModel.Load(Path.Combine(models, Base));
            using DecoderEmbeddingGenerator embedder = new(embedding, Tokenizer, new DecoderEmbeddingOptions { LayersFromLast = embedding.Config.LayerCount });
            clusters = await Pipeline(dataset, device, folder, "clusters", seed, new FixedSizeMsrEstimator()).ClusterAsync(embedder, cancellationToken: cancellationToken);

            // One journal for all: SHED and its centred form ask for the same coalitions, and an interrupted run goes on.
            using FineTuneUtility utility = FineTuneUtility.Open(
                Path.Combine(models, Base),
                [.. clusters.Proxies.Select(proxy => examples[proxy])],
                [.. validation.Select(Example)],
                new FineTuneOptions { Training = settings.ProxyTraining, Lora = settings.Lora });
            foreach ((string method, Estimator estimator) in Estimators(clusters.Proxies.Count))
            {
                ShedPipeline pipeline = Pipeline(dataset, device, folder, method, seed, estimator);
                values[method] = await pipeline.ScoreAsync(utility, new Told(progress, $"seed {seed}: valuing by {method}"), cancellationToken);
            }
        }

        Describe(set, clusters, values, seed);
        progress.Report($"seed {seed}: training on what is kept");
        (string Method, double Kept, int[] Records)[] choices = [.. Choose(set, clusters, values, (ulong)seed)];
        Parallel.ForEach(
            choices.SelectMany(choice => (IEnumerable<(string, double, int[], string)>)[(choice.Method, choice.Kept, choice.Records, Base), (choice.Method, choice.Kept, choice.Records, Other)]),
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            work => Measure(work.Item1, work.Item2, work.Item4, seed, work.Item3, set, cancellationToken));
    }

    private ShedPipeline Pipeline(Dataset dataset, CpuDevice device, string folder, string stage, int seed, Estimator estimator) =>
        new(dataset, Path.Combine(folder, stage), device, new ShedOptions
        {
            Template = Whole,
            Clustering = new KMeansOptions { Clusters = settings.Clusters, Seed = (ulong)seed },
            Valuation = new ValuationRecipe(estimator)
            {
                Budget = settings.Evaluations,
                Seed = (ulong)seed,
                Evaluation = new EvaluationOptions { JournalPath = Path.Combine(folder, "evaluations.jsonl") },
            },
        });

    private IEnumerable<(string Method, Estimator Estimator)> Estimators(int players)
    {
        int steps = ((players + settings.GroupSize - 1) / settings.GroupSize) - 1;
        int iterations = Math.Max(2, (settings.Evaluations - 2) / steps);
        yield return (Shed, new GroupRemovalEstimator { GroupSize = settings.GroupSize, Iterations = iterations });
        yield return (Centred, new GroupRemovalEstimator { GroupSize = settings.GroupSize, Iterations = iterations, Centre = true });
        yield return (Msr, new FixedSizeMsrEstimator());
    }

    private IEnumerable<(string Method, double Kept, int[] Records)> Choose(
        InstructionSet set, RecordClusters clusters, Dictionary<string, ValuationResult> values, ulong seed)
    {
        int all = set.Records.Count;
        int[] useful = [.. Enumerable.Range(0, all).Where(i => set.Kinds[i] == RecordKind.Useful)];
        foreach (double kept in settings.Kept)
        {
            int count = (int)(kept * all);
            foreach ((string method, ValuationResult result) in values)
            {
                yield return (method, kept, new QualityWeightedSampler { Strength = 2 }.Sample(clusters.WithScores(result.Values), count, seed));
            }

            yield return (Random, kept, new RandomSampler().Sample(clusters.WithScores(new double[clusters.Proxies.Count]), count, seed));
        }

        yield return (UsefulOnly, (double)useful.Length / all, useful);
        yield return ("all", 1, [.. Enumerable.Range(0, all)]);
    }

    private void Measure(string method, double kept, string name, int seed, int[] records, InstructionSet set, CancellationToken cancellationToken)
    {
        using DecoderModel model = DecoderModel.Load(Path.Combine(models, name), new RuntimeOptions { Threads = 1 });
        if (records.Length > 0)
        {
            IReadOnlyList<Parameter> parameters = model.AttachLora(settings.Lora, (ulong)seed);
            new DecoderTrainer(model, parameters, settings.FinalTraining with { Seed = (ulong)seed }).Train([.. records.Select(i => Example(set.Records[i]))], cancellationToken: cancellationToken);
        }

        IReadOnlyList<TaskScore> scores = TaskScore.Of(AnswerScorer.Score(model, Tokenizer, _test, cancellationToken));
        _outcomes.Add(new Outcome(
            method,
            kept,
            name,
            seed,
            scores.Average(score => score.ExactMatch),
            scores.Average(score => score.NegativeLogLikelihood),
            Share(records, set, RecordKind.Poisoned),
            Share(records, set, RecordKind.Useful)));
    }

    private void Describe(InstructionSet set, RecordClusters clusters, Dictionary<string, ValuationResult> values, int seed)
    {
        ILookup<int, RecordKind> kinds = Enumerable.Range(0, set.Records.Count).ToLookup(i => clusters.Labels[i], i => set.Kinds[i]);
        Purities.Add(kinds.Average(cluster => (double)cluster.GroupBy(kind => kind).Max(kind => kind.Count()) / cluster.Count()));
        double[] worth = [.. Enumerable.Range(0, clusters.Proxies.Count).Select(cluster => kinds[cluster].Average(kind => kind switch
        {
            RecordKind.Useful => 1.0,
            RecordKind.Poisoned => -1.0,
            _ => 0.0,
        }))];
        foreach ((string method, ValuationResult result) in values)
        {
            Correlations.Add((method, seed, DataShapley.Statistics.RankCorrelation.Spearman([.. result.Values], worth)));
        }
    }

    private static double Share(int[] records, InstructionSet set, RecordKind kind) => records.Length == 0 ? 0 : (double)records.Count(i => set.Kinds[i] == kind) / records.Length;

    private static TrainingExample Example(TaskExample example) => TrainingExample.FromText(Tokenizer, example.Prompt, example.Answer);

    private sealed class Told(IProgress<string> progress, string what) : IProgress<ValuationProgress>
    {
        public void Report(ValuationProgress value) => progress.Report($"{what}, {value.Evaluations} evaluations, {value.EvaluationsPerSecond:0.0}/s");
    }
}
