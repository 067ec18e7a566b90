using ModelAggregation.Evaluation;
using ModelAggregation.Merging.Recipes;

namespace ModelGlue;

/// <summary>A model with its scores on both halves of the examples.</summary>
/// <param name="Name">The name.</param>
/// <param name="Family">The first model of its family.</param>
/// <param name="IsSingle">Whether it is a model of the zoo as it is.</param>
/// <param name="Recipe">The recipe that makes it.</param>
/// <param name="Proxy">The scores that it is selected by.</param>
/// <param name="HoldOut">The scores that are reported.</param>
internal sealed record GlueCandidate(string Name, string Family, bool IsSingle, MergeRecipe Recipe, EvaluationResult Proxy, EvaluationResult HoldOut);
