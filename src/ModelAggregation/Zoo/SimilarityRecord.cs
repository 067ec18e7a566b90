namespace ModelAggregation.Zoo;

/// <summary>A line of the journal of a comparison: what it found in one tensor.</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Values">The triangle below and on the diagonal, row by row.</param>
internal sealed record SimilarityRecord(string Tensor, double[] Values);
