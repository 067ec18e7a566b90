using ModelAggregation.Evaluation;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Glue;

/// <summary>A model with its scores on both sets, and what it can be made of again.</summary>
public sealed record GlueModel
{
    /// <summary>Gets the name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets what it is.</summary>
    public required GlueModelKind Kind { get; init; }

    /// <summary>Gets the name of the family; null for a mixture of families.</summary>
    public string? Family { get; init; }

    /// <summary>Gets the folder, relative to the output; null for a model that is not written.</summary>
    public string? Folder { get; init; }

    /// <summary>Gets the recipe, of models of the zoo in one step; null for a mixture.</summary>
    public MergeRecipe? Recipe { get; init; }

    /// <summary>Gets the scores that selected it, or did not.</summary>
    public required EvaluationResult Proxy { get; init; }

    /// <summary>Gets the scores that are reported, which no choice has seen.</summary>
    public required EvaluationResult HoldOut { get; init; }
}
