namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>The last message of a client: for each other one secret's share, never both.</summary>
/// <param name="ClientId">The client that reveals.</param>
/// <param name="Seeds">Shares of the seeds of the own masks of those whose payload has arrived, by client.</param>
/// <param name="Keys">Shares of the mask keys of those whose payload has not, by client.</param>
public sealed record RevealedShares(string ClientId, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Seeds, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Keys);
