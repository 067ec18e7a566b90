using ModelAggregation.Search;

namespace ModelAggregation.Glue.Execution;

/// <summary>A search in a file.</summary>
/// <param name="Best">What it found.</param>
/// <param name="Start">The model that it began with.</param>
/// <param name="Shares">The weights of what it found.</param>
/// <param name="Dropped">The models that are not in what it found.</param>
/// <param name="Rounds">The candidates in order.</param>
/// <param name="Generations">What an optimiser asked for at a time.</param>
/// <param name="Merits">The merits of all that was scored, in order.</param>
internal sealed record TraceEntry(ScoredEntry Best, string Start, ModelShare[] Shares, string[] Dropped, GlueRound[] Rounds, SearchGeneration[] Generations, double?[] Merits);
