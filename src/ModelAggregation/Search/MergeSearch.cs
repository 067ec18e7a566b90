using ModelAggregation.Evaluation;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Zoo;
using RunKit;

namespace ModelAggregation.Search;

/// <summary>
/// Searches a family of models for the merge that an evaluator scores best. Merges are made in memory and scored once, also over several searches with one object; with a
/// journal, also over several processes.
/// </summary>
/// <example>
/// <code>
/// using MergeSearch search = new(zoo, evaluator, new SearchOptions { JournalPath = "search.journal" });
/// SearchResult result = await search.RunAsync(new CoefficientHeuristic());
/// new ModelMerger(zoo.Resolver).Merge(result.Best.Recipe, "models/merged");
/// </code>
/// </example>
/// <remarks>Takes the memory of one merged model for each of <see cref="SearchOptions.Workers"/>, whatever the number of models, beside what the evaluator takes.</remarks>
public sealed class MergeSearch : IDisposable
{
    private readonly ModelZoo _zoo;
    private readonly ModelMerger _merger;
    private readonly SearchOptions _options;
    private readonly MergeScorer _scorer;

    /// <summary>Prepares a search.</summary>
    /// <param name="zoo">The models: of one family, such as a cluster of <see cref="ZooClusters"/>.</param>
    /// <param name="evaluator">Scores the merges; the caller disposes what it holds.</param>
    /// <param name="options">What to merge with, and when to take a candidate; the defaults when null.</param>
    /// <param name="merger">Merges; one that finds models as the zoo does when null.</param>
    /// <exception cref="JournalException">The journal is damaged, in use, or of another evaluator.</exception>
    /// <exception cref="SearchException">The journal holds scores of other tasks.</exception>
    public MergeSearch(ModelZoo zoo, IModelEvaluator evaluator, SearchOptions? options = null, ModelMerger? merger = null)
    {
        ArgumentNullException.ThrowIfNull(zoo);
        ArgumentNullException.ThrowIfNull(evaluator);
        ArgumentOutOfRangeException.ThrowIfZero(zoo.Models.Count, nameof(zoo));
        _zoo = zoo;
        _options = options ?? new SearchOptions();
        _merger = merger ?? new ModelMerger(zoo.Resolver);
        _scorer = new MergeScorer(evaluator, _merger, _options);
    }

    /// <summary>Searches.</summary>
    /// <param name="strategy">How.</param>
    /// <param name="progress">Told how far the search is.</param>
    /// <param name="cancellationToken">Stops the search; with a journal a later one goes on from there.</param>
    /// <exception cref="SearchException">There is no result.</exception>
    /// <exception cref="MergePlanException">The models cannot be merged with each other, or not with this method: search one cluster of a zoo at a time.</exception>
    public Task<SearchResult> RunAsync(MergeStrategy strategy, IProgress<SearchProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return strategy.RunAsync(new SearchContext(_zoo, _merger, _scorer, _options, progress), cancellationToken);
    }

    /// <summary>Closes the journal.</summary>
    public void Dispose() => _scorer.Dispose();
}
