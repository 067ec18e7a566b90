using System.Security.Cryptography;

namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>A client's side of one secure sum: <see cref="Advertise"/>, <see cref="ShareSecrets"/>, <see cref="Mask"/>, <see cref="Reveal"/>, each once and in that order.</summary>
/// <remarks>
/// <para>Bonawitz et al. 2017, "Practical Secure Aggregation for Privacy-Preserving Machine Learning" (CCS), section 4, for a server that follows the protocol
/// but is curious: it learns the sum over the clients that are left at the end and nothing else, even together with fewer than the threshold of clients.
/// There is no signature on keys and no round of consistency checks: a server that lies about keys or about who is left is not defended against.</para>
/// <para>Each pair of clients agrees on a mask that one adds and the other takes away, and each client adds one of its own; shares of the secrets behind
/// both let the others undo the masks of those that drop out.</para>
/// </remarks>
public sealed class SecureClient : IDisposable
{
    private const int SecretsLength = 2 * ShamirSecret.ShareLength;

    private readonly SecureRound _round;
    private readonly ECDiffieHellman _maskPair = SecureKeys.Create();
    private readonly ECDiffieHellman _sharePair = SecureKeys.Create();
    private readonly byte[] _seed = RandomNumberGenerator.GetBytes(MaskStream.SeedLength);
    private readonly Dictionary<string, KeyAdvertisement> _peers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _shares = new(StringComparer.Ordinal);
    private SecureStage _stage;

    /// <summary>Creates a client with fresh secrets from the system's cryptographic generator.</summary>
    /// <param name="round">What was agreed on.</param>
    /// <param name="clientId">The client's name.</param>
    /// <exception cref="FederationException">The client is not one of the round.</exception>
    public SecureClient(SecureRound round, string clientId)
    {
        ArgumentNullException.ThrowIfNull(round);
        round.PositionOf(clientId);
        _round = round;
        ClientId = clientId;
    }

    /// <summary>Gets the client's name.</summary>
    public string ClientId { get; }

    /// <summary>Returns the public keys, for the server to hand on.</summary>
    public KeyAdvertisement Advertise()
    {
        Advance(SecureStage.Created);
        return new KeyAdvertisement(ClientId, _maskPair.ExportSubjectPublicKeyInfo(), _sharePair.ExportSubjectPublicKeyInfo(), SecureKeys.HashSeed(_round, _seed));
    }

    /// <summary>Returns shares of this client's secrets, one message to each other client.</summary>
    /// <param name="advertisements">The keys of all clients that are there, as many as the threshold at least.</param>
    /// <exception cref="FederationException">They are too few, one is there twice or not of the round, or this client's own are not what it sent.</exception>
    public IReadOnlyList<SealedShare> ShareSecrets(IEnumerable<KeyAdvertisement> advertisements)
    {
        ArgumentNullException.ThrowIfNull(advertisements);
        Advance(SecureStage.Advertised);
        foreach (KeyAdvertisement peer in advertisements)
        {
            _round.PositionOf(peer.ClientId);
            if (!_peers.TryAdd(peer.ClientId, peer))
            {
                throw new FederationException(FederationError.Protocol, $"The keys of '{peer.ClientId}' are there twice.", peer.ClientId);
            }
        }

        RequireEnough(_peers.Count, "keys");
        if (!_peers.TryGetValue(ClientId, out KeyAdvertisement? own) || !own.MaskKey.Span.SequenceEqual(_maskPair.ExportSubjectPublicKeyInfo()))
        {
            throw new FederationException(FederationError.Protocol, $"The keys that came back for '{ClientId}' are not its own.", ClientId);
        }

        ECParameters parameters = _maskPair.ExportParameters(includePrivateParameters: true);
        byte[][] keys = ShamirSecret.Split(parameters.D, _round.Clients.Count, _round.Threshold);
        byte[][] seeds = ShamirSecret.Split(_seed, _round.Clients.Count, _round.Threshold);
        CryptographicOperations.ZeroMemory(parameters.D);
        List<SealedShare> messages = [];
        foreach (KeyAdvertisement peer in _peers.Values)
        {
            int position = _round.PositionOf(peer.ClientId);
            byte[] secrets = [.. keys[position], .. seeds[position]];
            if (string.Equals(peer.ClientId, ClientId, StringComparison.Ordinal))
            {
                _shares.Add(ClientId, secrets);
                continue;
            }

            using ECDiffieHellman key = SecureKeys.Import(peer.ShareKey, peer.ClientId);
            messages.Add(new SealedShare(ClientId, peer.ClientId, SecureKeys.Seal(_sharePair, key, _round, ClientId, peer.ClientId, secrets)));
        }

        return messages;
    }

    /// <summary>Encodes and masks a payload.</summary>
    /// <param name="tensors">The numbers of every tensor of the round, by its name.</param>
    /// <param name="shares">What the others sent to this client: their senders are those that masks are shared with.</param>
    /// <exception cref="FederationException">A tensor is missing or of another length, a number is outside its range, a message cannot be opened, or there are fewer than the threshold.</exception>
    public MaskedPayload Mask(IReadOnlyDictionary<string, double[]> tensors, IEnumerable<SealedShare> shares)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(shares);
        Advance(SecureStage.Shared);
        foreach (SealedShare share in shares)
        {
            if (!string.Equals(share.To, ClientId, StringComparison.Ordinal) || !_peers.TryGetValue(share.From, out KeyAdvertisement? peer) || _shares.ContainsKey(share.From))
            {
                throw new FederationException(FederationError.Protocol, $"A share of '{share.From}' for '{share.To}' reached '{ClientId}', out of place or twice.", share.From);
            }

            using ECDiffieHellman key = SecureKeys.Import(peer.ShareKey, peer.ClientId);
            _shares.Add(share.From, SecureKeys.Open(_sharePair, key, _round, share, SecretsLength));
        }

        RequireEnough(_shares.Count, "shares");
        ulong[] elements = PayloadCodec.Encode(_round, tensors, ClientId);
        using (MaskStream own = new(_seed))
        {
            own.Apply(elements, isAdded: true);
        }

        foreach (string peer in _shares.Keys.Where(peer => !string.Equals(peer, ClientId, StringComparison.Ordinal)))
        {
            using ECDiffieHellman key = SecureKeys.Import(_peers[peer].MaskKey, peer);
            PairMask.Apply(_round, _maskPair, ClientId, key, peer, elements, isUndone: false);
        }

        return new MaskedPayload(ClientId, elements);
    }

    /// <summary>Reveals what the server needs to undo the masks: once, and for each client either its seed's share or its key's.</summary>
    /// <param name="survivors">The clients whose payloads have arrived, as many as the threshold at least.</param>
    /// <exception cref="FederationException">They are too few, this client is not among them, or one of them had sent no share.</exception>
    public RevealedShares Reveal(IEnumerable<string> survivors)
    {
        ArgumentNullException.ThrowIfNull(survivors);
        HashSet<string> left = new(survivors, StringComparer.Ordinal);
        Advance(SecureStage.Masked);
        RequireEnough(left.Count, "payloads");
        if (!left.Contains(ClientId))
        {
            throw new FederationException(FederationError.Protocol, $"Client '{ClientId}' has sent its payload but is said to have dropped out; it reveals nothing.", ClientId);
        }

        if (left.FirstOrDefault(client => !_shares.ContainsKey(client)) is { } stranger)
        {
            throw new FederationException(FederationError.Protocol, $"Client '{stranger}' has sent '{ClientId}' no share, so its masks cannot be undone.", stranger);
        }

        Dictionary<string, ReadOnlyMemory<byte>> seeds = new(StringComparer.Ordinal);
        Dictionary<string, ReadOnlyMemory<byte>> keys = new(StringComparer.Ordinal);
        foreach ((string client, byte[] secrets) in _shares)
        {
            if (left.Contains(client))
            {
                seeds.Add(client, secrets.AsMemory(ShamirSecret.ShareLength));
            }
            else
            {
                keys.Add(client, secrets.AsMemory(0, ShamirSecret.ShareLength));
            }
        }

        return new RevealedShares(ClientId, seeds, keys);
    }

    /// <summary>Forgets the secrets.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_seed);
        _maskPair.Dispose();
        _sharePair.Dispose();
    }

    private void Advance(SecureStage from)
    {
        // Doing a step twice would hand out two masks of one payload, or both secrets of one client.
        if (_stage != from)
        {
            throw new InvalidOperationException($"Client '{ClientId}' is at '{_stage}' of the round '{_round.SessionId}'; this step follows '{from}', once.");
        }

        _stage++;
    }

    private void RequireEnough(int count, string what)
    {
        if (count < _round.Threshold)
        {
            throw new FederationException(FederationError.TooFewUpdates, $"There are {what} of {count} clients; the round '{_round.SessionId}' needs {_round.Threshold} of {_round.Clients.Count}.");
        }
    }
}
