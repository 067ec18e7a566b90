using DataShapley.Estimators.Truncations;
using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>Follows one order from nobody to everybody and credits each player with the weighted change.</summary>
internal sealed class OrderWalk(int players, Semivalue semivalue, TruncationPolicy truncation, bool spreadsResidual)
{
    private readonly double[] _factors = SizeWeights.OfOrders(semivalue, players);

    /// <summary>Gets the range of what a player is credited with in one order, in widths of the utility's range: a difference of two values, weighted.</summary>
    public double SampleRange => 2 * _factors.Max();

    /// <summary>Gets how many values an order asks for at most. Everybody's is known, except that a game of one player asks for it, so that no order is free.</summary>
    public int Cost { get; } = Math.Max(1, players - 1);

    public async Task AddAsync(Draw draw, int[] order, double empty, double full, double[] sums, CancellationToken cancellationToken)
    {
        Func<int, double, bool>? stops = truncation.Begin(players, full);
        double[] values = await draw.GrowAsync(order.AsMemory(0, Cost), stops is null ? null : (joined, value) => !stops(joined, value), cancellationToken).ConfigureAwait(false);
        double previous = empty;
        for (int size = 0; size < values.Length; size++)
        {
            Credit(sums, order[size], size, values[size] - previous);
            previous = values[size];
        }

        // What was not evaluated: the last player of a whole order, to whom all that is left belongs, or those after a truncation.
        bool isWhole = values.Length == Cost;
        double share = isWhole || spreadsResidual ? (full - previous) / (players - values.Length) : 0;
        for (int size = values.Length; size < players; size++)
        {
            Credit(sums, order[size], size, share);
        }
    }

    private void Credit(double[] sums, int player, int size, double change) => sums[player] += _factors[size] == 0 ? 0 : _factors[size] * change;
}
