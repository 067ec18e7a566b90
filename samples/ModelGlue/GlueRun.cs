using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelAggregation.Evaluation;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Runtime;
using ModelAggregation.Search;
using ModelAggregation.Zoo;
using ModelRuntime;
using ModelRuntime.Tokenizers;
using ModelTensors;

namespace ModelGlue;

/// <summary>Model-GLUE as far as merging goes: clusters, searches in each family, fixed recipes beside them, and a report on examples that no choice of the run has seen.</summary>
internal sealed class GlueRun
{
    private const double Level = 0.9;

    private static readonly double[] FewCoefficients = [0.3, 0.5, 0.7];
    private static readonly double[] Lambdas = [0.4, 0.5, 0.6, 0.8, 1.0];
    private static readonly (double Density, double Lambda)[] Ties = [(0.2, 1), (0.5, 1), (0.5, 1.5)];

    private readonly GlueSettings _settings;
    private readonly ModelZoo _zoo;
    private readonly ModelMerger _merger;
    private readonly LanguageModelEvaluator _proxy;
    private readonly LanguageModelEvaluator _holdOut;
    private readonly Action<string> _say;
    private int _evaluations;

    public GlueRun(GlueSettings settings, Action<string> say)
    {
        // Before the work, not after it.
        if (settings.Output is { } output && Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
        {
            throw new IOException($"'{output}' is not empty: choose another folder for the merged model.");
        }

        _settings = settings;
        _say = say;
        _zoo = ModelZoo.Scan(settings.Models);
        _merger = new ModelMerger(_zoo.Resolver);
        IReadOnlyList<ExampleSplit> splits = ExampleSplit.Read(settings.Evaluation, settings.Seed);

        // Models as small as these take one thread each, and as many are evaluated at a time.
        RuntimeOptions options = new() { Threads = 1 };
        CharacterTokenizer tokenizer = new();
        _proxy = RuntimeEvaluator.Create(ExampleSplit.Tasks(splits, split => split.Proxy), tokenizer, options);
        _holdOut = RuntimeEvaluator.Create(ExampleSplit.Tasks(splits, split => split.HoldOut), tokenizer, options);
        HoldOut.EnsureDisjoint(_proxy, _holdOut);
    }

    public async Task<GlueResult> RunAsync(CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        Directory.CreateDirectory(_settings.Work);
        _say("Comparing the models");
        SimilarityOptions similarity = new() { Threads = _settings.Threads };
        ZooClusters clusters = ZooClusters.Find(_zoo, similarity, cacheFolder: _settings.Work, cancellationToken: cancellationToken);
        clusters.Save(Path.Combine(_settings.Work, "clusters.json"));
        clusters.Similarity.SaveCsv(Path.Combine(_settings.Work, "similarity.csv"));
        List<FamilyRun> families = [];
        List<SimilarityMatrix> vectors = [];
        foreach (ModelCluster cluster in clusters.Clusters.Where(cluster => cluster.Models.Count > 1))
        {
            string? root = cluster.Models.FirstOrDefault(name => name.EndsWith("-base", StringComparison.Ordinal));
            if (root is not null)
            {
                SimilarityOptions deltas = similarity with { Base = root, Measure = SimilarityMeasure.WholeModel, Part = SimilarityPart.All };
                vectors.Add(ZooSimilarity.Compute(_zoo.Select(cluster.Models.Where(name => !string.Equals(name, root, StringComparison.Ordinal))), deltas, cancellationToken: cancellationToken).ToMatrix());
            }

            families.Add(await RunAsync(cluster.Models, root, cancellationToken));
        }

        if (families.Count == 0)
        {
            throw new InvalidOperationException($"No two of the {_zoo.Models.Count} models in '{_settings.Models}' are of one family: there is nothing to merge.");
        }

        GlueResult result = new(clusters, vectors, families, Stopwatch.GetElapsedTime(start), _evaluations);
        if (_settings.Output is { } folder)
        {
            _say($"Writing {result.Chosen.Name}");
            _merger.Merge(result.Chosen.Recipe, folder, new MergeOptions { Threads = _settings.Threads }, cancellationToken: cancellationToken);
        }

        return result;
    }

    private async Task<FamilyRun> RunAsync(IReadOnlyList<string> models, string? root, CancellationToken cancellationToken)
    {
        SearchOptions options = new()
        {
            OutputDataType = DataType.F32,
            JournalPath = Path.Combine(_settings.Work, JournalName(models[0])),
            Workers = _settings.Threads,
            Merge = new MergeOptions { Threads = 1 },
        };
        options = _settings.IsQuick ? options with { Coefficients = FewCoefficients } : options;
        List<SearchResult> found =
        [
            .. await SearchAsync(
                models,
                options,
                [new AverageHeuristic(), new CoefficientHeuristic(), new SimilarityHeuristic(SimilarityOrder.MostAlikeFirst), new SimilarityHeuristic(SimilarityOrder.LeastAlikeFirst)],
                cancellationToken),
        ];

        // The same candidates once more, of which only gains beyond the noise of the examples are taken; their scores are known.
        foreach (SearchResult sure in await SearchAsync(models, options with { Confidence = Level }, [new CoefficientHeuristic()], cancellationToken))
        {
            found.Add(sure with { Strategy = string.Create(CultureInfo.InvariantCulture, $"{sure.Strategy}, gains at {Level:0%}") });
        }

        _evaluations += found.Sum(result => result.Evaluated);
        string[] specialists = [.. models.Where(model => !string.Equals(model, root, StringComparison.Ordinal) && found.Any(result => IsIn(result, model)))];
        List<GlueCandidate> candidates = [];
        foreach (ScoredRecipe single in found[0].Singles.Where(single => single.Result is not null))
        {
            candidates.Add(await ReportAsync(single.Shares[0].Model, models[0], isSingle: true, single.Recipe, single.Result!, cancellationToken));
        }

        foreach (SearchResult result in found)
        {
            candidates.Add(await ReportAsync($"search: {result.Strategy} ({models[0]})", models[0], isSingle: false, result.Best.Recipe, result.Best.Result!, cancellationToken));
        }

        foreach ((string name, MergeRecipe recipe) in specialists.Length > 1 ? Recipes(specialists, root) : [])
        {
            _say($"Merging the family of {models[0]}: {name}");
            EvaluationResult proxy = await EvaluateAsync(_proxy, name, recipe, cancellationToken);
            candidates.Add(await ReportAsync($"{name} ({models[0]})", models[0], isSingle: false, recipe, proxy, cancellationToken));
        }

        return new FamilyRun(models, root, specialists, found, candidates);
    }

    private async Task<IReadOnlyList<SearchResult>> SearchAsync(IReadOnlyList<string> models, SearchOptions options, MergeStrategy[] strategies, CancellationToken cancellationToken)
    {
        using MergeSearch search = new(_zoo.Select(models), _proxy, options);
        List<SearchResult> found = [];
        foreach (MergeStrategy strategy in strategies)
        {
            _say($"Searching the family of {models[0]}: {strategy.Name}{(options.Confidence is null ? string.Empty : ", gains beyond noise")}");
            found.Add(await search.RunAsync(strategy, cancellationToken: cancellationToken));
        }

        return found;
    }

    // Another split of the examples, or other examples, are another run.
    private string JournalName(string family) =>
        $"search-{family.Replace('/', '_')}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_proxy.Id)).AsSpan(0, 4))}.journal";

    private static bool IsIn(SearchResult result, string model) => result.Best.Shares.Any(share => string.Equals(share.Model, model, StringComparison.Ordinal));

    // The settings that the zoo's own notes measure, on all questions: which settings are here was not chosen blind to the hold-out, and the report says so.
    private static IEnumerable<(string Name, MergeRecipe Recipe)> Recipes(string[] models, string? root)
    {
        yield return ("linear", Of(MergeRecipe.With("linear"), models));
        foreach (double lambda in root is null ? [] : Lambdas)
        {
            yield return (FormattableString.Invariant($"task arithmetic, lambda {lambda:0.0}"), Of(MergeRecipe.With("task_arithmetic").Base(root!).Parameter("lambda", lambda), models));
        }

        foreach ((double density, double lambda) in root is null ? [] : Ties)
        {
            yield return (
                FormattableString.Invariant($"TIES, density {density:0.0}, lambda {lambda:0.0}"),
                Of(MergeRecipe.With("ties").Base(root!).Parameter("density", density).Parameter("lambda", lambda), models));
        }
    }

    private static MergeRecipe Of(MergeRecipeBuilder builder, string[] models)
    {
        foreach (string model in models)
        {
            builder.Model(model, weight: 1);
        }

        return builder.OutputType(DataType.F32).Build();
    }

    private async Task<GlueCandidate> ReportAsync(string name, string family, bool isSingle, MergeRecipe recipe, EvaluationResult proxy, CancellationToken cancellationToken) =>
        new(name, family, isSingle, recipe, proxy, await EvaluateAsync(_holdOut, name, recipe, cancellationToken));

    private async Task<EvaluationResult> EvaluateAsync(LanguageModelEvaluator evaluator, string name, MergeRecipe recipe, CancellationToken cancellationToken)
    {
        using MergePlan plan = _merger.Plan(recipe, cancellationToken);
        using MergedModel model = _merger.MergeInMemory(plan, new MergeOptions { Threads = _settings.Threads }, cancellationToken: cancellationToken);
        _evaluations++;
        return await evaluator.EvaluateAsync(ModelCandidate.FromTensors(name, model), cancellationToken);
    }
}
