using ModelTensors;

namespace LoraFederation.Rounds.Selection;

/// <summary>A rule that says which clients train in a round.</summary>
public abstract record ClientSelection
{
    /// <summary>Gets the rule that takes all.</summary>
    public static ClientSelection All { get; } = new AllSelection();

    /// <summary>Gets the rule's name, such as <c>all</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Returns the rule that draws a part of the clients, <c>max(⌊fraction · K⌋, 1)</c>, without replacement.</summary>
    /// <param name="fraction">The part; in (0, 1].</param>
    public static ClientSelection Fraction(double fraction) => new FractionSelection(fraction);

    /// <summary>Returns the rule that draws a number of clients without replacement, or takes all where there are fewer.</summary>
    /// <param name="count">The number; at least 1.</param>
    public static ClientSelection Count(int count) => new CountSelection(count);

    /// <summary>Selects clients. The same for the same clients, round and seed, in whatever order the clients are given.</summary>
    /// <param name="clients">All clients.</param>
    /// <param name="round">The round, from 0.</param>
    /// <param name="seed">The run's seed.</param>
    /// <returns>The clients that train; at least one, none twice.</returns>
    public abstract IReadOnlyList<FederatedClient> Select(IReadOnlyList<FederatedClient> clients, int round, ulong seed);

    /// <summary>Draws clients without replacement: those whose draws are the least, where a draw depends on nothing but the seed, the round and the client's name.</summary>
    /// <param name="clients">All clients.</param>
    /// <param name="count">How many; all where there are fewer.</param>
    /// <param name="round">The round, from 0.</param>
    /// <param name="seed">The run's seed.</param>
    protected static IReadOnlyList<FederatedClient> Draw(IReadOnlyList<FederatedClient> clients, int count, int round, ulong seed) =>
    [
        .. clients
            .OrderBy(client => Philox.Block(0, 0, Philox.DeriveKey(seed, $"round {round}", client.Id)))
            .ThenBy(client => client.Id, StringComparer.Ordinal)
            .Take(count),
    ];
}
