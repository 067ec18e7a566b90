using ModelAggregation.Search;

namespace ModelAggregation.Glue.Execution;

/// <summary>A model in <c>scores.json</c>.</summary>
/// <param name="Name">The name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Family">The family, or null.</param>
/// <param name="Folder">The folder that was scored, relative to the output; null where the recipe was merged in memory.</param>
/// <param name="Recipe">The recipe as YAML; null for a mixture.</param>
/// <param name="Proxy">The scores on the set that selects.</param>
/// <param name="HoldOut">The scores on the set that reports.</param>
internal sealed record ModelEntry(string Name, GlueModelKind Kind, string? Family, string? Folder, string? Recipe, ScoreRecord[] Proxy, ScoreRecord[] HoldOut);
