using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;

namespace ModelAggregation.Glue.Execution;

/// <summary>Makes of a search what is kept of it.</summary>
internal static class SearchTraces
{
    public static TraceEntry Of(string name, SearchResult result, IReadOnlyList<string> models)
    {
        HashSet<string> used = new(result.Best.Recipe.References(), StringComparer.Ordinal);
        return new TraceEntry(
            ScoredEntry.Of(name, result.Best),
            result.Start,
            [.. result.Best.Shares],
            [.. models.Where(model => !used.Contains(model))],
            [.. result.Rounds.Select(Round)],
            [.. result.Generations],
            [.. result.Trace.Select(step => step.Merge.Result?.Merit)]);
    }

    /// <summary>Reads it back.</summary>
    public static GlueTrace ToTrace(TraceEntry entry, string family) => new()
    {
        Strategy = entry.Best.Name[..^(family.Length + " ()".Length)],
        Start = entry.Start,
        Shares = entry.Shares,
        Dropped = entry.Dropped,
        Rounds = entry.Rounds,
        Generations = entry.Generations,
        Merits = [.. entry.Merits.Select(merit => merit ?? double.NaN)],
    };

    private static GlueRound Round(SearchRound round) => new()
    {
        Model = round.Model,
        Outcome = round.Outcome,
        Coefficient = round.Best?.Coefficient,
        Gain = round.Gain,
        StandardError = round.PairedGain?.StandardError,
        Similarity = round.Similarity,
        Failure = round.Best is null ? round.Trials.Select(trial => trial.Merge.Failure?.Message).FirstOrDefault(message => message is not null) : null,
    };
}
