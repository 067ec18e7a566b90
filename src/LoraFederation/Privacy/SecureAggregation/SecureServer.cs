using System.Security.Cryptography;

namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>The server's side of one secure sum: hands messages on, adds masked payloads up as they arrive, and undoes the masks of the sum.</summary>
/// <remarks>See <see cref="SecureClient"/> for the protocol and what it protects from. Not safe to use from several threads at once.</remarks>
/// <param name="round">What was agreed on.</param>
public sealed class SecureServer(SecureRound round)
{
    private readonly SortedDictionary<string, KeyAdvertisement> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<SealedShare>> _shares = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _sharing = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _arrived = new(StringComparer.Ordinal);
    private readonly ulong[] _sum = new ulong[round.Length];

    /// <summary>Gets the clients whose payloads are in the sum, ordered.</summary>
    public IReadOnlyCollection<string> Survivors => _arrived;

    /// <summary>Gets the keys to hand on to all clients that sent some.</summary>
    public IReadOnlyCollection<KeyAdvertisement> Advertisements => _keys.Values;

    /// <summary>Takes a client's keys.</summary>
    /// <param name="advertisement">The keys.</param>
    /// <exception cref="FederationException">The client is not of the round or has sent keys before, or they are not keys.</exception>
    public void Add(KeyAdvertisement advertisement)
    {
        ArgumentNullException.ThrowIfNull(advertisement);
        round.PositionOf(advertisement.ClientId);
        SecureKeys.Import(advertisement.MaskKey, advertisement.ClientId).Dispose();
        SecureKeys.Import(advertisement.ShareKey, advertisement.ClientId).Dispose();
        if (_sharing.Count > 0 || !_keys.TryAdd(advertisement.ClientId, advertisement))
        {
            throw Refuse(advertisement.ClientId, "has sent keys twice, or after others had used those that were there");
        }
    }

    /// <summary>Takes a client's shares for all others.</summary>
    /// <param name="clientId">The client.</param>
    /// <param name="shares">One for each other client that has sent keys.</param>
    /// <exception cref="FederationException">They are not that.</exception>
    public void Add(string clientId, IEnumerable<SealedShare> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        List<SealedShare> messages = [.. shares];
        HashSet<string> others = [.. _keys.Keys.Where(other => !string.Equals(other, clientId, StringComparison.Ordinal))];
        if (!_keys.ContainsKey(clientId) || _arrived.Count > 0 || messages.Exists(share => !string.Equals(share.From, clientId, StringComparison.Ordinal))
            || messages.Count != others.Count || !others.SetEquals(messages.Select(share => share.To)) || !_sharing.Add(clientId))
        {
            throw Refuse(clientId, $"has to send one share to each of the {others.Count} others, once, before payloads arrive");
        }

        foreach (SealedShare share in messages)
        {
            if (!_shares.TryGetValue(share.To, out List<SealedShare>? inbox))
            {
                _shares.Add(share.To, inbox = []);
            }

            inbox.Add(share);
        }
    }

    /// <summary>Returns what the others sent to a client. To be asked for once all shares have arrived.</summary>
    /// <param name="clientId">The client.</param>
    public IReadOnlyList<SealedShare> SharesFor(string clientId) => _shares.TryGetValue(clientId, out List<SealedShare>? inbox) ? inbox : [];

    /// <summary>Adds a masked payload to the sum.</summary>
    /// <param name="payload">The payload.</param>
    /// <exception cref="FederationException">It has another length, or the client has sent no shares, or a payload before.</exception>
    public void Add(MaskedPayload payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        if (payload.Elements.Length != _sum.Length)
        {
            throw new FederationException(FederationError.ShapeMismatch, $"The payload of '{payload.ClientId}' has {payload.Elements.Length} elements; the round '{round.SessionId}' has {_sum.Length}.", payload.ClientId);
        }

        if (!_sharing.Contains(payload.ClientId) || !_arrived.Add(payload.ClientId))
        {
            throw Refuse(payload.ClientId, "has sent two payloads, or one without shares of its masks");
        }

        ReadOnlySpan<ulong> elements = payload.Elements.Span;
        for (int i = 0; i < _sum.Length; i++)
        {
            _sum[i] = unchecked(_sum[i] + elements[i]);
        }
    }

    /// <summary>Undoes the masks of the sum. What has arrived stays as it is, so that other shares can be tried where some were false.</summary>
    /// <param name="revealed">What the clients that are left have revealed about <see cref="Survivors"/>.</param>
    /// <returns>The sum over <see cref="Survivors"/>.</returns>
    /// <exception cref="FederationException">Fewer clients than the threshold have sent payloads or shares, or shares are not those of the secrets.</exception>
    public SecureSum Unmask(IEnumerable<RevealedShares> revealed)
    {
        ArgumentNullException.ThrowIfNull(revealed);
        List<RevealedShares> all = [.. revealed.DistinctBy(shares => shares.ClientId, StringComparer.Ordinal).Where(shares => _arrived.Contains(shares.ClientId))];
        if (all.Count < round.Threshold)
        {
            throw new FederationException(
                FederationError.TooFewUpdates, $"{_arrived.Count} payloads and shares of {all.Count} clients have arrived; the round '{round.SessionId}' needs {round.Threshold} of {round.Clients.Count}.");
        }

        ulong[] sum = [.. _sum];
        foreach (string client in _sharing)
        {
            if (_arrived.Contains(client))
            {
                UndoOwnMask(client, all, sum);
            }
            else
            {
                UndoPairMasks(client, all, sum);
            }
        }

        return new SecureSum([.. _arrived], PayloadCodec.Decode(round, sum));
    }

    private void UndoOwnMask(string client, List<RevealedShares> revealed, Span<ulong> sum)
    {
        byte[] seed = Combine(client, revealed, shares => shares.Seeds, MaskStream.SeedLength) is { } secret && SecureKeys.HashSeed(round, secret).AsSpan().SequenceEqual(_keys[client].SeedHash.Span)
            ? secret
            : throw Refuse(client, "has a seed that the shares of it do not give");
        using MaskStream mask = new(seed);
        mask.Apply(sum, isAdded: false);
    }

    private void UndoPairMasks(string client, List<RevealedShares> revealed, Span<ulong> sum)
    {
        byte[]? secret = Combine(client, revealed, shares => shares.Keys, SecureKeys.PrivateKeyLength);
        using ECDiffieHellman pair = (secret is null ? null : SecureKeys.Restore(secret, _keys[client].MaskKey)) ?? throw Refuse(client, "has a key that the shares of it do not give");
        foreach (string survivor in _arrived)
        {
            using ECDiffieHellman key = SecureKeys.Import(_keys[survivor].MaskKey, survivor);
            PairMask.Apply(round, pair, survivor, key, client, sum, isUndone: true);
        }
    }

    private byte[]? Combine(string client, List<RevealedShares> revealed, Func<RevealedShares, IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> select, int length)
    {
        List<(int, byte[])> shares = [];
        foreach (RevealedShares from in revealed)
        {
            if (shares.Count < round.Threshold && select(from).TryGetValue(client, out ReadOnlyMemory<byte> share) && share.Length == ShamirSecret.ShareLength)
            {
                shares.Add((round.PositionOf(from.ClientId) + 1, share.ToArray()));
            }
        }

        return shares.Count == round.Threshold ? ShamirSecret.Combine(shares, length) : null;
    }

    private FederationException Refuse(string client, string what) => new(FederationError.Protocol, $"Client '{client}' {what} (round '{round.SessionId}').", client);
}
