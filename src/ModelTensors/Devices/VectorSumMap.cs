namespace ModelTensors.Devices;

/// <summary>
/// <c>Σ weight · input</c>, or <c>origin + Σ weight · (input − origin)</c>, with weights of their own for each vector of the tensor. The first product
/// is rounded, the others are fused, in the order given.
/// </summary>
/// <param name="Axis">The direction of the vectors.</param>
/// <param name="Terms">The inputs' indices, and for each a weight for every vector in order; at least one.</param>
public sealed record VectorSumMap(VectorAxis Axis, params IReadOnlyList<(int Input, ReadOnlyMemory<float> Weights)> Terms) : MapPass
{
    /// <summary>Gets the index of the input whose differences are summed and to which the sum is added.</summary>
    /// <value>-1 by default: the inputs themselves are summed.</value>
    public int Origin { get; init; } = -1;
}
