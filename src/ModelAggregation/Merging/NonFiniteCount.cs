namespace ModelAggregation.Merging;

/// <summary>NaN and infinities that a merge met.</summary>
/// <param name="Tensor">The output tensor.</param>
/// <param name="Model">The model whose tensor has them, or null for the output itself, which overflows a narrow type even where all inputs are finite.</param>
/// <param name="Count">The number of elements.</param>
public sealed record NonFiniteCount(string Tensor, string? Model, long Count);
