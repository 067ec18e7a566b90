using ModelAggregation.Evaluation;

namespace ModelAggregation.Search;

/// <summary>Says whether a model is enough better than another to be taken.</summary>
internal static class GainRule
{
    /// <summary>Compares two results.</summary>
    /// <param name="candidate">The scores of the model.</param>
    /// <param name="current">The scores of what it has to be better than.</param>
    /// <param name="minimumGain">How much better; at least.</param>
    /// <param name="confidence">The level of the interval whose lower end has to be above that; null to compare the merits themselves.</param>
    /// <returns>Whether it is better; null where an interval is asked for, but there are no outcomes of the same examples.</returns>
    public static bool? IsGain(EvaluationResult candidate, EvaluationResult current, double minimumGain, double? confidence)
    {
        if (confidence is not { } level)
        {
            return candidate.Merit >= current.Merit + minimumGain;
        }

        // Above, not at it: models that answer every example alike have a difference of zero without spread, which is no gain at any level.
        return SearchContext.TryPair(candidate, current) is { } difference ? difference.Interval(level).Low > minimumGain : null;
    }
}
