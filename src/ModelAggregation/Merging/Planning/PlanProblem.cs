namespace ModelAggregation.Merging.Planning;

/// <summary>Something that keeps a recipe from being merged.</summary>
/// <param name="Kind">The kind of rule that is broken.</param>
/// <param name="Message">What is wrong, with names and values, and what is allowed.</param>
/// <param name="TensorName">The first tensor concerned, if the problem is about tensors.</param>
/// <param name="Model">The reference of the model concerned, if the problem is about one.</param>
/// <param name="Stage">The name of the stage concerned, when the recipe is one of a pipeline's.</param>
public sealed record PlanProblem(PlanProblemKind Kind, string Message, string? TensorName = null, string? Model = null, string? Stage = null);
