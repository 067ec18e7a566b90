using System.Collections.Concurrent;
using System.Globalization;
using DataShapley;
using DataShapley.Refinement;
using DataShapley.Statistics;
using ModelRuntime.Tasks;

namespace ShedRefine;

/// <summary>Chooses records in each way, lets two models learn them, and measures; for several seeds.</summary>
/// <param name="settings">How large it is.</param>
/// <param name="isHidden">Whether wrong answers look like right ones.</param>
/// <param name="seeds">The number of seeds.</param>
/// <param name="models">The folder of the zoo.</param>
/// <param name="output">The folder of what an interrupted run goes on from.</param>
internal sealed class Study(StudySettings settings, bool isHidden, int seeds, string models, string output)
{
    // Far from the seeds of the records.
    private const ulong ValidationSeed = 0xFEED;

    private readonly Learner _learner = new(settings, models);
    private readonly ConcurrentBag<Outcome> _outcomes = [];

    public int Seeds => seeds;

    /// <summary>Gets what came out, in a fixed order.</summary>
    public IReadOnlyList<Outcome> Outcomes =>
        [.. _outcomes.OrderBy(outcome => outcome.Model, StringComparer.Ordinal).ThenBy(outcome => outcome.Kept).ThenBy(outcome => outcome.Method, StringComparer.Ordinal).ThenBy(outcome => outcome.Seed)];

    /// <summary>Gets, for each way to value and each seed, Spearman's correlation of the clusters' values with their share of useful less that of poisoned records.</summary>
    public Dictionary<string, List<double>> Correlations { get; } = Methods.Valued.ToDictionary(method => method, _ => new List<double>(), StringComparer.Ordinal);

    /// <summary>Gets, for each seed, the share of records that are of the most frequent kind of their cluster.</summary>
    public List<double> Purities { get; } = [];

    public async Task RunAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        TaskExample[] validation = [.. TaskGenerator.Generate(
            new TaskSetOptions { Seed = ValidationSeed, IsDistinct = true, Excluded = TaskGenerator.PromptsOf(_learner.Test) }, settings.ValidationQuestions)];
        IReadOnlySet<string> excluded = TaskGenerator.PromptsOf([.. _learner.Test, .. validation]);
        for (int seed = 0; seed < seeds; seed++)
        {
            string what = string.Create(CultureInfo.InvariantCulture, $"{(isHidden ? "hidden poison, " : string.Empty)}seed {seed + 1} of {seeds}");
            Prefixed prefixed = new(progress, what);
            InstructionSet set = InstructionSet.Make(settings.Records, excluded, isHidden, (ulong)seed);
            string folder = Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"{(isHidden ? "hidden-" : string.Empty)}seed-{seed}"));
            (RecordClusters clusters, IReadOnlyDictionary<string, ValuationResult> values) = await new Refinery(settings, _learner, folder, seed).RunAsync(set, validation, prefixed, cancellationToken);
            Describe(set, clusters, values);
            prefixed.Report("learning what was kept");
            LearnAll(set, Choose(set, clusters, values, (ulong)seed), seed, cancellationToken);
        }
    }

    private List<(string Method, double Kept, int[] Records)> Choose(
        InstructionSet set, RecordClusters clusters, IReadOnlyDictionary<string, ValuationResult> values, ulong seed)
    {
        int[] all = [.. Enumerable.Range(0, set.Records.Count)];
        int[] useful = [.. all.Where(i => set.Kinds[i] == RecordKind.Useful)];
        List<(string, double, int[])> choices =
        [
            (Methods.Nothing, 0, []),
            (Methods.UsefulOnly, (double)useful.Length / all.Length, useful),
            (Methods.All, 1, all),
        ];
        QualityWeightedSampler sampler = new() { Strength = settings.Strength };
        ScoredClusters unscored = clusters.WithScores(new double[clusters.Proxies.Count]);
        foreach (double kept in settings.Kept)
        {
            int count = (int)Math.Round(kept * all.Length);
            choices.AddRange(Methods.Valued.Select(method => (method, kept, sampler.Sample(clusters.WithScores(values[method].Values), count, seed))));
            choices.Add((Methods.Random, kept, new RandomSampler().Sample(unscored, count, seed)));
        }

        return choices;
    }

    private void LearnAll(InstructionSet set, List<(string Method, double Kept, int[] Records)> choices, int seed, CancellationToken cancellationToken)
    {
        ParallelOptions parallel = new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.ForEach(
            choices.SelectMany(choice => ((string[])[Learner.Base, Learner.Other]).Select(model => (choice, model))),
            parallel,
            work =>
            {
                ((string method, double kept, int[] records), string model) = work;
                (double exact, double likelihood) = _learner.Learn(model, [.. records.Select(i => set.Records[i])], (ulong)seed, cancellationToken);
                _outcomes.Add(new Outcome(method, kept, model, seed, exact, likelihood, set.ShareOf(RecordKind.Useful, records), set.ShareOf(RecordKind.Poisoned, records)));
            });
    }

    private void Describe(InstructionSet set, RecordClusters clusters, IReadOnlyDictionary<string, ValuationResult> values)
    {
        int[][] members = [.. Enumerable.Range(0, clusters.Proxies.Count).Select(cluster => Enumerable.Range(0, set.Records.Count).Where(i => clusters.Labels[i] == cluster).ToArray())];
        Purities.Add((double)members.Sum(records => records.GroupBy(i => set.Kinds[i]).Max(kind => kind.Count())) / set.Records.Count);
        double[] worth = [.. members.Select(records => set.ShareOf(RecordKind.Useful, records) - set.ShareOf(RecordKind.Poisoned, records))];
        foreach ((string method, ValuationResult result) in values)
        {
            Correlations[method].Add(RankCorrelation.Spearman([.. result.Values], worth));
        }
    }

    private sealed class Prefixed(IProgress<string> progress, string prefix) : IProgress<string>
    {
        public void Report(string value) => progress.Report($"{prefix}: {value}");
    }
}
