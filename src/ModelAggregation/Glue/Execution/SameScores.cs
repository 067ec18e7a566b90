using ModelAggregation.Search;

namespace ModelAggregation.Glue.Execution;

/// <summary>Compares scores to the bit, outcomes of examples included.</summary>
internal static class SameScores
{
    public static bool Are(ScoreRecord[] first, ScoreRecord[] second) => first.Length == second.Length && first.Zip(second).All(pair => Are(pair.First, pair.Second));

    public static bool Are(ScoreRecord first, ScoreRecord second) =>
        string.Equals(first.Task, second.Task, StringComparison.Ordinal)
        && first.Value.Equals(second.Value)
        && first.Count == second.Count
        && Nullable.Equals(first.StandardError, second.StandardError)
        && (first.Examples ?? []).SequenceEqual(second.Examples ?? [], StringComparer.Ordinal)
        && first.Outcomes.SequenceEqual(second.Outcomes);
}
