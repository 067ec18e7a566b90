namespace ModelAggregation.Merging.Recipes;

/// <summary>A recipe whose output other stages may use.</summary>
/// <param name="Name">The name by which the recipes of other stages refer to the output as if it were a model; null for the stage that none uses.</param>
/// <param name="Recipe">The recipe.</param>
public sealed record MergeStage(string? Name, MergeRecipe Recipe);
