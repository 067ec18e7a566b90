using ModelAggregation.Evaluation;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Search;

/// <summary>A merge with its scores, or with the reason why it has none.</summary>
public sealed record ScoredRecipe
{
    /// <summary>Gets the models with their weights, in the order of the zoo; where groups of layers have weights of their own, each model's mean over the groups.</summary>
    /// <value>Empty for a recipe that a strategy of your own gives none for.</value>
    public required IReadOnlyList<ModelShare> Shares { get; init; }

    /// <summary>Gets the recipe: merged again it gives the bytes that were scored.</summary>
    public required MergeRecipe Recipe { get; init; }

    /// <summary>Gets the hash of the recipe's plan; empty where the method refuses the recipe, so that there is no plan.</summary>
    public required string Hash { get; init; }

    /// <summary>Gets the scores; null when the merge or its evaluation failed.</summary>
    public EvaluationResult? Result { get; init; }

    /// <summary>Gets why there are no scores; null when there are.</summary>
    public Exception? Failure { get; init; }
}
