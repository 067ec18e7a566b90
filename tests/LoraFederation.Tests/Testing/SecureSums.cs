using LoraFederation.Privacy.SecureAggregation;

namespace LoraFederation.Tests.Testing;

/// <summary>Secure sums in one process: every message goes the way it would over a wire.</summary>
internal static class SecureSums
{
    /// <summary>Runs the protocol.</summary>
    /// <param name="round">What was agreed on.</param>
    /// <param name="payloads">The payload of each client.</param>
    /// <param name="droppedEarly">How many clients are gone once they have sent keys: the first ones.</param>
    /// <param name="droppedLate">How many are gone once they have sent shares: those after them.</param>
    /// <param name="change">Changes what a client reveals.</param>
    public static SecureSum Run(
        SecureRound round,
        IReadOnlyDictionary<string, Dictionary<string, double[]>> payloads,
        int droppedEarly = 0,
        int droppedLate = 0,
        Func<RevealedShares, RevealedShares>? change = null)
    {
        SecureServer server = new(round);
        SecureClient[] all = [.. round.Clients.Select(client => new SecureClient(round, client))];
        try
        {
            foreach (SecureClient client in all)
            {
                server.Add(client.Advertise());
            }

            SecureClient[] sharing = all[droppedEarly..];
            foreach (SecureClient client in sharing)
            {
                server.Add(client.ClientId, client.ShareSecrets(server.Advertisements));
            }

            SecureClient[] left = sharing[droppedLate..];
            foreach (SecureClient client in left)
            {
                server.Add(client.Mask(payloads[client.ClientId], server.SharesFor(client.ClientId)));
            }

            return server.Unmask([.. left.Select(client => client.Reveal(server.Survivors)).Select(revealed => change?.Invoke(revealed) ?? revealed)]);
        }
        finally
        {
            Array.ForEach(all, client => client.Dispose());
        }
    }

    /// <summary>Returns what the server sees of clients that all stay.</summary>
    public static MaskedPayload[] Masked(SecureRound round, IReadOnlyDictionary<string, Dictionary<string, double[]>> payloads)
    {
        SecureClient[] clients = [.. round.Clients.Select(client => new SecureClient(round, client))];
        KeyAdvertisement[] keys = [.. clients.Select(client => client.Advertise())];
        SealedShare[] shares = [.. clients.SelectMany(client => client.ShareSecrets(keys))];
        MaskedPayload[] masked =
        [
            .. clients.Select(client => client.Mask(
                payloads[client.ClientId], shares.Where(share => string.Equals(share.To, client.ClientId, StringComparison.Ordinal)))),
        ];
        Array.ForEach(clients, client => client.Dispose());
        return masked;
    }
}
