namespace ModelAggregation.Mixture;

/// <summary>Something that keeps models from being mixed, or a mixture from being read.</summary>
/// <param name="Kind">The kind of rule that is broken.</param>
/// <param name="Message">What is wrong, with names and values, and what is allowed.</param>
/// <param name="TensorName">The first tensor concerned, if the problem is about tensors.</param>
/// <param name="Model">The reference of the model concerned, if the problem is about one.</param>
public sealed record MixtureProblem(MixtureProblemKind Kind, string Message, string? TensorName = null, string? Model = null);
