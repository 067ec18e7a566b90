namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>The second message of a client, one to each other: shares of its secrets, sealed so that the server that hands it on cannot read it.</summary>
/// <param name="From">The client whose secrets they are.</param>
/// <param name="To">The client that can open it.</param>
/// <param name="Content">Nonce, tag and cipher text of AES-256-GCM.</param>
public sealed record SealedShare(string From, string To, ReadOnlyMemory<byte> Content);
