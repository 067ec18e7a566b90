using ModelAggregation.Evaluation;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Search;

/// <content>Scores merges, within the limits that the options set, and keeps the record of them.</content>
public sealed partial class SearchContext
{
    private readonly Lock _gate = new();
    private readonly List<SearchStep> _trace = [];
    private readonly long _start;
    private SearchEnding _ending;

    /// <summary>Gets every candidate so far in the order of asking, failures too.</summary>
    public IReadOnlyList<SearchStep> Trace
    {
        get
        {
            lock (_gate)
            {
                return [.. _trace];
            }
        }
    }

    /// <summary>Merges the originals with these weights in memory and scores the merge; what was scored before is not merged again.</summary>
    /// <param name="shares">The models with their weights.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <returns>The merge with its scores or, unless the options say to stop, with its failure.</returns>
    public async ValueTask<ScoredRecipe> ScoreAsync(IReadOnlyList<ModelShare> shares, CancellationToken cancellationToken = default) =>
        (await ScoreAsync([ToCandidate(shares)], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Scores merges, as many at a time as the options say.</summary>
    /// <param name="merges">The merges: for each, the models with their weights.</param>
    /// <param name="cancellationToken">Stops the evaluations.</param>
    /// <returns>Their scores, in the order of the merges.</returns>
    public Task<IReadOnlyList<ScoredRecipe>> ScoreAsync(IReadOnlyList<IReadOnlyList<ModelShare>> merges, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(merges);
        return ScoreAsync([.. merges.Select(ToCandidate)], cancellationToken);
    }

    /// <summary>Scores merges of any recipe, as many at a time as the options say; two that are equal are merged once.</summary>
    /// <param name="candidates">The merges.</param>
    /// <param name="cancellationToken">Stops the evaluations.</param>
    /// <returns>Their scores or, unless the options say to stop, their failures, in the order of the merges.</returns>
    /// <exception cref="MergePlanException">A recipe cannot be merged.</exception>
    public Task<IReadOnlyList<ScoredRecipe>> ScoreAsync(IReadOnlyList<SearchCandidate> candidates, CancellationToken cancellationToken = default) =>
        ScoreAsync(candidates, refusalsFail: false, cancellationToken);

    /// <summary>Scores the models by themselves.</summary>
    /// <param name="cancellationToken">Stops the evaluations.</param>
    /// <returns>Their scores, in the order of the zoo.</returns>
    public Task<IReadOnlyList<ScoredRecipe>> ScoreSinglesAsync(CancellationToken cancellationToken = default)
    {
        Report(Models[0], 0, (2 * Models.Count) - 1, null);
        return ScoreAsync([.. Models.Select(model => (ModelShare[])[new ModelShare(model, 1)])], cancellationToken);
    }

    /// <summary>Puts models in the order of their scores, the best first; of equal ones the first of the zoo. Those without a score are left out.</summary>
    /// <param name="singles">The models by themselves.</param>
    /// <exception cref="SearchException">None has a score.</exception>
    public static IReadOnlyList<ScoredRecipe> Rank(IReadOnlyList<ScoredRecipe> singles)
    {
        ArgumentNullException.ThrowIfNull(singles);
        ArgumentOutOfRangeException.ThrowIfZero(singles.Count, nameof(singles));
        ScoredRecipe[] ranked = [.. singles.Where(single => single.Result is not null).OrderByDescending(single => single.Result!.Merit)];
        return ranked.Length > 0
            ? ranked
            : throw new SearchException(SearchError.NothingEvaluated, $"None of the {singles.Count} models could be evaluated; the first: {singles[0].Failure!.Message}", singles[0].Failure);
    }

    /// <summary>Says how many more merges may be scored, by <see cref="SearchOptions.MaxEvaluations"/> and <see cref="SearchOptions.TimeLimit"/>. Scoring does not ask: a strategy does, before it begins something, and ends where it gets less than it needs.</summary>
    /// <param name="wanted">How many it would score.</param>
    /// <returns>As many, or fewer; 0 when the time is up.</returns>
    public int Affordable(int wanted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(wanted);
        if (Options.TimeLimit is { } limit && Options.Time.GetElapsedTime(_start) >= limit)
        {
            _ending = SearchEnding.TimeSpent;
            return 0;
        }

        int left = Options.MaxEvaluations is { } most ? Math.Max(0, most - Trace.Count) : int.MaxValue;
        if (left < wanted)
        {
            _ending = SearchEnding.EvaluationsSpent;
        }

        return Math.Min(left, wanted);
    }

    /// <summary>Makes the result of the search, without rounds and generations.</summary>
    /// <param name="strategy">The strategy's name.</param>
    /// <param name="singles">The models by themselves.</param>
    /// <param name="best">The merge that was found.</param>
    public SearchResult ToResult(string strategy, IReadOnlyList<ScoredRecipe> singles, ScoredRecipe best) => new()
    {
        Strategy = strategy,
        Singles = singles,
        Start = Rank(singles)[0].Shares[0].Model,
        Best = best,
        Trace = Trace,
        Ending = _ending,
        Evaluated = Evaluated,
        Reused = Reused,
    };

    /// <summary>Returns whether the method takes no merge with these values, or of so few models, while there is nothing wrong with the models.</summary>
    internal static bool IsRefusal(MergePlanException error) => error.Problems.All(problem => problem.Kind is PlanProblemKind.MethodRule or PlanProblemKind.ModelCount);

    /// <summary>Plans a recipe and lets the plan go.</summary>
    /// <exception cref="MergePlanException">It cannot be merged.</exception>
    internal void Check(MergeRecipe recipe, CancellationToken cancellationToken) => _merger.Plan(recipe, cancellationToken).Dispose();

    /// <summary>Scores merges; one that its method refuses is a failure where asked, as it is in a search that draws values.</summary>
    internal async Task<IReadOnlyList<ScoredRecipe>> ScoreAsync(IReadOnlyList<SearchCandidate> candidates, bool refusalsFail, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(candidates);

        // Equal merges in one batch would not find each other's scores.
        SearchCandidate[] distinct = [.. candidates.DistinctBy(candidate => candidate.Recipe)];
        ScoredRecipe[] scored = new ScoredRecipe[distinct.Length];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Options.Workers, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, distinct.Length, parallel, async (index, token) => scored[index] = await ScoreAsync(distinct[index], refusalsFail, token).ConfigureAwait(false)).ConfigureAwait(false);
        Dictionary<MergeRecipe, ScoredRecipe> byRecipe = scored.ToDictionary(merge => merge.Recipe);
        ScoredRecipe[] all = [.. candidates.Select(candidate => byRecipe[candidate.Recipe])];
        Record(all);
        return all;
    }

    private async ValueTask<ScoredRecipe> ScoreAsync(SearchCandidate candidate, bool refusalsFail, CancellationToken cancellationToken)
    {
        try
        {
            return await _scorer.ScoreAsync(candidate, cancellationToken).ConfigureAwait(false);
        }
        catch (MergePlanException error) when (refusalsFail && Options.Failures is FailurePolicy.LeaveOut && IsRefusal(error))
        {
            return new ScoredRecipe { Recipe = candidate.Recipe, Shares = candidate.Shares, Hash = string.Empty, Failure = error };
        }
    }

    private SearchCandidate ToCandidate(IReadOnlyList<ModelShare> shares)
    {
        ModelShare[] used = Order(shares);
        return new SearchCandidate(ToRecipe(used), used);
    }

    private void Record(ScoredRecipe[] merges)
    {
        lock (_gate)
        {
            double? best = _trace.Count > 0 ? _trace[^1].BestMerit : null;
            foreach (ScoredRecipe merge in merges)
            {
                best = merge.Result is { } result && !(result.Merit <= best) ? result.Merit : best;
                _trace.Add(new SearchStep(merge, best));
            }
        }
    }
}
