namespace ModelAggregation.Merging.Recipes;

/// <summary>Builds recipes in code.</summary>
public sealed class MergeRecipeBuilder
{
}
