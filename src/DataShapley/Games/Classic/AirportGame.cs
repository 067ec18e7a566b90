namespace DataShapley.Games.Classic;

/// <summary>A runway as long as the largest aeroplane asks for: <c>v(S) = max_{i∈S} c_i</c>, 0 for nobody (Littlechild and Owen 1973). With costs sorted, Shapley values are <c>φ_i = Σ_{j≤i} (c_j − c_{j−1}) / (n − j + 1)</c>.</summary>
public sealed class AirportGame : TallyGame
{
    private readonly double[] _sorted;
    private readonly int[] _ranks;

    /// <summary>Creates the game.</summary>
    /// <param name="costs">What each player asks for, not negative, finite, in any order.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no players, or a cost is negative or not finite.</exception>
    public AirportGame(params ReadOnlySpan<double> costs)
        : base("airport", costs.Length, Finite(costs, nameof(costs)))
    {
        _sorted = [0, .. costs];
        int[] order = [.. Enumerable.Range(-1, _sorted.Length)];
        Array.Sort(_sorted, order, 1, costs.Length);
        ArgumentOutOfRangeException.ThrowIfNegative(_sorted[Math.Min(1, costs.Length)], nameof(costs));
        _ranks = new int[costs.Length];
        for (int rank = 1; rank < order.Length; rank++)
        {
            _ranks[order[rank]] = rank;
        }
    }

    /// <inheritdoc />
    public override UtilityRange? Range => new UtilityRange(0, _sorted[^1]);

    /// <inheritdoc />
    public override double[] Exact(Semivalue semivalue)
    {
        // The step up to the cost of rank j is a player's own where all others in the coalition rank below j.
        SizeWeights weights = new(semivalue, PlayerCount);
        double[] byRank = new double[_sorted.Length];
        for (int rank = 1; rank < byRank.Length; rank++)
        {
            double step = _sorted[rank] - _sorted[rank - 1];
            byRank[rank] = byRank[rank - 1] + (step == 0 ? 0 : step * weights.Between(0, rank - 1));
        }

        return [.. _ranks.Select(rank => byRank[rank])];
    }

    private protected override long Join(long tally, int player) => Math.Max(tally, _ranks[player]);

    private protected override double Worth(long tally) => _sorted[tally];
}
