namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>One tensor of a payload, agreed on before anybody masks.</summary>
/// <param name="Name">The name; no two tensors of a round share one.</param>
/// <param name="Length">The number of elements; at least 1.</param>
/// <param name="Range">The largest magnitude that a client's element, weight included, may have; above 0 and finite. The steps of the encoding are this times some 2^-62 times the number of clients.</param>
public sealed record PayloadTensor(string Name, int Length, double Range);
