namespace LoraFederation.Robustness;

/// <summary>Krum's score: how near a client's neighbours are.</summary>
internal static class KrumScores
{
    /// <summary>Orders clients by the sum of the squared distances to their nearest others, n − f − 2 of them and at least one; equal ones by their place.</summary>
    /// <param name="geometry">The distances.</param>
    /// <param name="clients">The clients among which neighbours are looked for.</param>
    /// <param name="attackers">f.</param>
    public static IReadOnlyList<int> Order(UpdateGeometry geometry, IReadOnlyList<int> clients, int attackers)
    {
        int neighbours = Math.Min(clients.Count - 1, Math.Max(1, clients.Count - attackers - 2));
        return [.. clients.OrderBy(Score).ThenBy(client => client)];

        double Score(int client)
        {
            // Not the client itself by its place: another may be at distance zero just as well.
            double[] distances = [.. clients.Where(other => other != client).Select(other => geometry.SquaredDistance(client, other)).Order()];
            return distances.AsSpan(0, neighbours).ToArray().Sum();
        }
    }
}
