namespace ModelAggregation.Zoo;

/// <summary>What a comparison found in one tensor.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Values">For each pair of models the mean cosine of their columns or, when tensors are not divided, their inner product.</param>
internal sealed record TensorSimilarity(string Name, double[,] Values);
