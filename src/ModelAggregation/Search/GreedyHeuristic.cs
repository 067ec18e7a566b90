using ModelAggregation.Evaluation;

namespace ModelAggregation.Search;

/// <summary>
/// Model-GLUE's greedy selection: begins with the best model and merges in one candidate after the other, as long as that makes the score no worse; a candidate that
/// does is dropped for good.
/// </summary>
/// <remarks>
/// Each merge is made of the original models in one step, with the weights that the chain of coefficients comes to (<see cref="EffectiveWeights"/>), and rounded once. The model that
/// the search begins with is no candidate. What is returned is the merge that was scored.
/// </remarks>
public abstract class GreedyHeuristic : MergeStrategy
{
    private protected GreedyHeuristic()
    {
    }

    /// <inheritdoc />
    /// <exception cref="SearchException">Not one model could be evaluated, or an interval is asked for that cannot be had.</exception>
    /// <exception cref="EvaluationException">A merge could not be evaluated, and the options say to stop then.</exception>
    public override async Task<SearchResult> RunAsync(SearchContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        IReadOnlyList<ScoredRecipe> singles = await context.ScoreSinglesAsync(cancellationToken).ConfigureAwait(false);
        List<string> candidates = [.. SearchContext.Rank(singles).Select(single => single.Shares[0].Model)];
        string start = candidates[0];
        candidates.RemoveAt(0);
        ScoredRecipe best = singles.First(single => string.Equals(single.Shares[0].Model, start, StringComparison.Ordinal));
        List<SearchRound> rounds = [.. singles.Where(single => single.Result is null).Select(Failed)];
        List<string> merged = [start];
        List<double> coefficients = [];
        int roundCount = singles.Count + candidates.Count;
        while (candidates.Count > 0 && IsAffordable(context, coefficients.Count))
        {
            (string model, double? similarity) = Next(context, best.Shares, candidates, cancellationToken);
            candidates.Remove(model);
            context.Report(model, roundCount - candidates.Count - 1, roundCount, best.Result!.Merit);
            SearchRound round = await TryAsync(context, best, merged, coefficients, model, cancellationToken).ConfigureAwait(false) with { Similarity = similarity };
            rounds.Add(round);
            if (round.Outcome is SearchOutcome.Accepted)
            {
                merged.Add(model);
                coefficients.Add(round.Best!.Coefficient);
                best = round.Best.Merge;
            }
        }

        context.Report(start, roundCount, roundCount, best.Result!.Merit);
        return context.ToResult(Name, singles, best) with { Rounds = rounds };
    }

    /// <summary>Returns the coefficients to try, the weights of what is merged so far.</summary>
    private protected abstract IReadOnlyList<double> Coefficients(SearchContext context, int accepted);

    /// <summary>Chooses the next candidate; they are in the order of their scores.</summary>
    private protected virtual (string Model, double? Similarity) Next(
        SearchContext context, IReadOnlyList<ModelShare> current, IReadOnlyList<string> candidates, CancellationToken cancellationToken) => (candidates[0], null);

    // A part of a round would not compare like with like.
    private bool IsAffordable(SearchContext context, int accepted) => Coefficients(context, accepted).Count is var count && context.Affordable(count) == count;

    private static SearchRound Failed(ScoredRecipe single) => new() { Model = single.Shares[0].Model, Outcome = SearchOutcome.Failed, Trials = [new SearchTrial(0, single)] };

    private static ModelShare[] Shares(IReadOnlyList<string> models, ReadOnlySpan<double> coefficients)
    {
        double[] weights = EffectiveWeights.Expand(coefficients);
        return [.. models.Select((model, index) => new ModelShare(model, weights[index]))];
    }

    private async Task<SearchRound> TryAsync(
        SearchContext context, ScoredRecipe current, List<string> merged, List<double> coefficients, string model, CancellationToken cancellationToken)
    {
        IReadOnlyList<double> grid = Coefficients(context, coefficients.Count);
        IReadOnlyList<ScoredRecipe> scored = await context.ScoreAsync([.. grid.Select(coefficient => Shares([.. merged, model], [.. coefficients, coefficient]))], cancellationToken).ConfigureAwait(false);
        SearchTrial[] trials = [.. grid.Zip(scored, (coefficient, merge) => new SearchTrial(coefficient, merge))];
        SearchTrial? best = trials
            .Where(trial => trial.Merge.Result is not null)
            .OrderByDescending(trial => trial.Merge.Result!.Merit)
            .ThenByDescending(trial => trial.Coefficient)
            .FirstOrDefault();
        if (best?.Merge.Result is not { } result)
        {
            return new SearchRound { Model = model, Outcome = SearchOutcome.Failed, Trials = trials };
        }

        return new SearchRound
        {
            Model = model,
            Outcome = context.IsGain(result, current.Result!) ? SearchOutcome.Accepted : SearchOutcome.Rejected,
            Trials = trials,
            Best = best,
            Gain = result.Merit - current.Result!.Merit,
            PairedGain = SearchContext.TryPair(result, current.Result),
        };
    }
}
