namespace ModelTensors.Devices;

/// <summary><c>Σ weight · input</c>. Weights are rounded to float; the first product is rounded, the others are fused, in the order given.</summary>
/// <param name="Terms">The inputs' indices and weights; at least one.</param>
public sealed record WeightedSumMap(params IReadOnlyList<(int Input, double Weight)> Terms) : MapPass;
