using ModelAggregation.Evaluation;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Zoo;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Search;

/// <summary>What a strategy works with: the models, and scores of merges of them.</summary>
public sealed partial class SearchContext
{
    // The fewest outcomes of a task that have a spread.
    private const int FewestPairs = 2;

    private readonly ModelMerger _merger;
    private readonly MergeScorer _scorer;
    private readonly IProgress<SearchProgress>? _progress;
    private readonly int _evaluatedBefore;
    private readonly int _reusedBefore;

    internal SearchContext(ModelZoo zoo, ModelMerger merger, MergeScorer scorer, SearchOptions options, IProgress<SearchProgress>? progress)
    {
        Zoo = zoo;
        Models = [.. zoo.Models.Select(model => model.Name)];
        Options = options;
        _merger = merger;
        _scorer = scorer;
        _progress = progress;
        _evaluatedBefore = scorer.Evaluated;
        _reusedBefore = scorer.Reused;
        _start = options.Time.GetTimestamp();
    }

    /// <summary>Gets the zoo.</summary>
    public ModelZoo Zoo { get; }

    /// <summary>Gets the names of the models.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>Gets the options.</summary>
    public SearchOptions Options { get; }

    /// <summary>Gets how many merges this run has evaluated.</summary>
    public int Evaluated => _scorer.Evaluated - _evaluatedBefore;

    /// <summary>Gets how many scores this run knew already.</summary>
    public int Reused => _scorer.Reused - _reusedBefore;

    /// <summary>Makes the recipe of a merge: a model by itself is copied as it is.</summary>
    /// <param name="shares">The models with their weights, in any order; those without weight are left out.</param>
    /// <exception cref="ArgumentException">A model occurs twice or is none of the zoo, or there is none with weight.</exception>
    public MergeRecipe ToRecipe(params IReadOnlyList<ModelShare> shares)
    {
        ModelShare[] used = Order(shares);
        if (used.Length == 1)
        {
            // Whose rows a model alone is cut to needs no decision.
            return MergeRecipe.With("passthrough").Model(used[0].Model).Build() with
            {
                OutputDataType = Options.OutputDataType,
                Vocabulary = Options.Vocabulary is VocabularyPolicy.Base ? VocabularyPolicy.Method : Options.Vocabulary,
                Tokenizer = Options.Tokenizer,
            };
        }

        return ToRecipe([.. used.Select(share => new MergeModel(share.Model, ParameterSet.Empty.With("weight", share.Weight)))], Options.Parameters);
    }

    internal MergeRecipe ToRecipe(IReadOnlyList<MergeModel> models, ParameterSet parameters) => new()
    {
        Method = Options.Method,
        BaseModel = Options.Base,
        Parameters = parameters,
        OutputDataType = Options.OutputDataType,
        Vocabulary = Options.Vocabulary,
        Tokenizer = Options.Tokenizer,
        Models = models,
    };

    /// <summary>Compares a merge with models, one by one: the merge is made anew in memory.</summary>
    /// <param name="shares">The models of the merge with their weights.</param>
    /// <param name="models">The models to compare with.</param>
    /// <param name="options">How to compare.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    /// <returns>How alike each of the models is to the merge.</returns>
    /// <exception cref="ZooException">They cannot be compared.</exception>
    public IReadOnlyList<double> Compare(IReadOnlyList<ModelShare> shares, IReadOnlyList<string> models, SimilarityOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(options);
        using MergePlan plan = _merger.Plan(ToRecipe(shares), cancellationToken);
        using MergedModel merged = _merger.MergeInMemory(plan, Options.Merge, cancellationToken: cancellationToken);
        using TensorSet? origin = options.Base is { } reference ? Zoo.Resolver.Open(reference) : null;
        List<double> similarities = [];
        foreach (string name in models)
        {
            using TensorSet model = Zoo.Resolver.Open(name);
            similarities.Add(ZooSimilarity.Compute(["the merge", name], [merged, model], origin, options, progress: null, cancellationToken).ToMatrix()[0, 1]);
        }

        return similarities;
    }

    /// <summary>Says whether a merge is enough better than another, as the options have it.</summary>
    /// <param name="candidate">The merge.</param>
    /// <param name="current">What it has to be better than.</param>
    /// <exception cref="SearchException">An interval is asked for, but there are no outcomes of the same examples.</exception>
    public bool IsGain(EvaluationResult candidate, EvaluationResult current)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(current);
        return GainRule.IsGain(candidate, current, Options.MinimumGain, Options.Confidence) ?? throw new SearchException(
            SearchError.NoPairs, $"'{candidate.Candidate}' and '{current.Candidate}' have no outcomes of the same examples, two of each task at least: search without {nameof(SearchOptions.Confidence)}, or with an evaluator that tells them.");
    }

    /// <summary>Pairs two results by their examples, where both tell outcomes of the same ones.</summary>
    /// <param name="first">The first.</param>
    /// <param name="second">The second.</param>
    /// <returns>The difference, or null where they cannot be paired.</returns>
    public static PairedDifference? TryPair(EvaluationResult first, EvaluationResult second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return IsPaired(first, second) ? PairedDifference.Of(first, second) : null;
    }

    /// <summary>Tells how far the search is.</summary>
    /// <param name="model">The model that is tried, or the name of an optimiser.</param>
    /// <param name="roundsDone">The number of models, or of an optimiser's candidates, done.</param>
    /// <param name="roundCount">The number of them to do.</param>
    /// <param name="merit">The best merit so far; null before there is one.</param>
    public void Report(string model, int roundsDone, int roundCount, double? merit) =>
        _progress?.Report(new SearchProgress(model, roundsDone, roundCount, Evaluated, merit));

    private static bool IsPaired(EvaluationResult first, EvaluationResult second) =>
        first.Scores.Count == second.Scores.Count
        && first.Scores.Zip(second.Scores).All(pair => pair.First.Task.Weight == 0
            || (IsSame(pair.First.Task, pair.Second.Task)
                && pair.First.Outcomes.Count >= FewestPairs
                && pair.First.Outcomes.Select(outcome => outcome.Example).SequenceEqual(pair.Second.Outcomes.Select(outcome => outcome.Example), StringComparer.Ordinal)));

    // Not the records themselves, whose lists of examples are compared by reference: the outcomes' examples are compared anyway.
    private static bool IsSame(TaskInfo first, TaskInfo second) =>
        string.Equals(first.Name, second.Name, StringComparison.Ordinal)
        && string.Equals(first.Metric, second.Metric, StringComparison.Ordinal)
        && first.Direction == second.Direction
        && first.Weight.Equals(second.Weight);

    // In the order of the zoo, so that equal weights are an equal recipe however they were found.
    private ModelShare[] Order(IReadOnlyList<ModelShare> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        ModelShare[] used = [.. shares.Where(share => share.Weight != 0).OrderBy(share => Index(share.Model))];
        if (used.Length == 0 || used.DistinctBy(share => share.Model, StringComparer.Ordinal).Count() != used.Length)
        {
            throw new ArgumentException("A merge has one model or more with weight, each once.", nameof(shares));
        }

        return used;
    }

    private int Index(string model)
    {
        for (int index = 0; index < Models.Count; index++)
        {
            if (string.Equals(Models[index], model, StringComparison.Ordinal))
            {
                return index;
            }
        }

        throw new ArgumentException($"'{model}' is none of the models {string.Join(", ", Models)}.", nameof(model));
    }
}
