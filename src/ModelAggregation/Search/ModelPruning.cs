using ModelAggregation.Evaluation;

namespace ModelAggregation.Search;

/// <summary>Takes out of a merge what it does not need, so that a model that does harm, or nothing, ends without any weight instead of with a small one.</summary>
internal sealed class ModelPruning(SearchContext context, MergeGenotype genotype, double[] point, EvaluationResult single, double? confidence)
{
    /// <summary>Takes models out one by one, those with the smallest weights first, until each that is left makes the merge better beyond the noise.</summary>
    /// <param name="best">The merge of the point.</param>
    /// <param name="cancellationToken">Stops the evaluations.</param>
    public async Task<ScoredRecipe> RunAsync(ScoredRecipe best, CancellationToken cancellationToken)
    {
        // Compared with the best merge and not with the last, so that many small losses do not add up to a large one.
        EvaluationResult reference = best.Result!;

        // A gain over the best model by itself stays one: else what was found would be given up for having become smaller.
        bool isGain = context.IsGain(reference, single);
        bool isSmaller;
        do
        {
            isSmaller = false;
            foreach (string model in Removable(best))
            {
                if (best.Shares.Count == 1 || context.Affordable(1) == 0)
                {
                    return best;
                }

                HashSet<string> kept = new(best.Shares.Select(share => share.Model).Where(name => !string.Equals(name, model, StringComparison.Ordinal)), StringComparer.Ordinal);
                IReadOnlyList<ScoredRecipe> scored = await context.ScoreAsync([genotype.Decode(point, kept.Contains)], refusalsFail: true, cancellationToken).ConfigureAwait(false);
                if (scored[0].Result is not { } result || IsNeeded(reference, result) || (isGain && !context.IsGain(result, single)))
                {
                    continue;
                }

                best = scored[0];
                reference = result.Merit > reference.Merit ? result : reference;
                isSmaller = true;
            }
        }
        while (isSmaller);

        return best;
    }

    private static string[] Removable(ScoredRecipe merge) => [.. merge.Shares.OrderBy(share => Math.Abs(share.Weight)).Select(share => share.Model)];

    // A model that makes no difference is not needed, even where a tie would be taken for a gain.
    private bool IsNeeded(EvaluationResult with, EvaluationResult without) =>
        with.Merit > without.Merit
        && context.IsGain(with, without)
        && (confidence is not { } level || SearchContext.TryPair(with, without) is not { } difference || difference.Interval(level).Low > 0);
}
