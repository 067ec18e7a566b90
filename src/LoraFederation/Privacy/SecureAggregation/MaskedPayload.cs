namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>The third message of a client: its payload under masks, which alone says nothing.</summary>
/// <param name="ClientId">The client.</param>
/// <param name="Elements">The elements of all tensors, in the round's order.</param>
public sealed record MaskedPayload(string ClientId, ReadOnlyMemory<ulong> Elements);
