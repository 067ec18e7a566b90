namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>The first message of a client: the public keys that the server hands on to all.</summary>
/// <param name="ClientId">The client.</param>
/// <param name="MaskKey">The public key that masks are agreed with: P-384, SubjectPublicKeyInfo.</param>
/// <param name="ShareKey">The public key that shares are sealed with: P-384, SubjectPublicKeyInfo.</param>
/// <param name="SeedHash">SHA-256 of the session's name and the seed of the client's own mask, so that false shares of it are found out.</param>
public sealed record KeyAdvertisement(string ClientId, ReadOnlyMemory<byte> MaskKey, ReadOnlyMemory<byte> ShareKey, ReadOnlyMemory<byte> SeedHash);
