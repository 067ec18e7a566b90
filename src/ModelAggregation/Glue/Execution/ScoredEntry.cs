using ModelAggregation.Search;

namespace ModelAggregation.Glue.Execution;

/// <summary>A merge in a file: its recipe, and its scores on the set that selects, or why it has none.</summary>
/// <param name="Name">The name.</param>
/// <param name="Recipe">The recipe as YAML.</param>
/// <param name="Hash">The hash of the recipe's plan.</param>
/// <param name="Merit">The merit, for people; null where there is none.</param>
/// <param name="Scores">A score for each task; null where the evaluation failed.</param>
/// <param name="Failure">Why there are none.</param>
internal sealed record ScoredEntry(string Name, string Recipe, string Hash, double? Merit, ScoreRecord[]? Scores, string? Failure)
{
    public static ScoredEntry Of(string name, ScoredRecipe scored) => new(
        name, scored.Recipe.ToYaml(), scored.Hash, scored.Result?.Merit, scored.Result is { } result ? [.. result.Scores.Select(ScoreRecord.Of)] : null, scored.Failure?.Message);
}
