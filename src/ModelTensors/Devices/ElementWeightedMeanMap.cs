namespace ModelTensors.Devices;

/// <summary>The mean of inputs, each element weighted by statistics of its own: <c>Σ wᵢ·Fᵢ·xᵢ / Σ wᵢ·Fᵢ</c>, in one pass.</summary>
/// <remarks>
/// Where the divisor is zero the mean is that by the weights alone. It is computed as the first input plus the mean of the differences from it, so that what
/// is equal in all inputs stays as it is.
/// </remarks>
/// <param name="Terms">The inputs; at least one.</param>
public sealed record ElementWeightedMeanMap(IReadOnlyList<ElementWeightedTerm> Terms) : MapPass;

/// <summary>One input of an <see cref="ElementWeightedMeanMap"/>.</summary>
/// <param name="Input">The input's index.</param>
/// <param name="Statistics">The index of the input that holds the weights of its elements; none of them negative.</param>
/// <param name="Weight">The weight of the whole input; not negative, and not zero in all terms.</param>
public readonly record struct ElementWeightedTerm(int Input, int Statistics, double Weight);
