using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Search;

/// <summary>A merge to score.</summary>
/// <param name="Recipe">The recipe: of the original models, in one step.</param>
/// <param name="Shares">The models with their weights, in the order of the zoo; see <see cref="ScoredRecipe.Shares"/>.</param>
public sealed record SearchCandidate(MergeRecipe Recipe, IReadOnlyList<ModelShare> Shares)
{
    internal string Name => string.Join(" + ", Shares.Count > 0 ? Shares.Select(share => share.Model) : Recipe.References());
}
