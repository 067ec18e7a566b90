namespace ModelAggregation.Stacking;

/// <summary>Something that keeps models from being stacked.</summary>
/// <param name="Kind">The kind of rule that is broken.</param>
/// <param name="Message">What is wrong, with names and values, and what is allowed.</param>
/// <param name="Model">The reference of the model concerned.</param>
/// <param name="TensorName">The tensor concerned, if the problem is about one.</param>
public sealed record StackingProblem(StackingProblemKind Kind, string Message, string? Model = null, string? TensorName = null);
