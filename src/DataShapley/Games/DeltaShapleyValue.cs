namespace DataShapley.Games;

/// <summary>The Shapley value over coalitions of some sizes alone (δ-Shapley): each size in [Low, High] weighs the same, others nothing. Not efficient.</summary>
public sealed record DeltaShapleyValue : Semivalue
{
    /// <summary>Creates the semivalue.</summary>
    /// <param name="low">The least size without the player, not negative.</param>
    /// <param name="high">The greatest; not below the least. Sizes past n − 1 do not exist and do not count.</param>
    public DeltaShapleyValue(int low, int high)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(low);
        ArgumentOutOfRangeException.ThrowIfLessThan(high, low);
        Low = low;
        High = high;
    }

    /// <summary>Gets the least size.</summary>
    public int Low { get; }

    /// <summary>Gets the greatest size.</summary>
    public int High { get; }

    /// <summary>Gets whether the weights of the sizes that are left sum to 1. If not, each keeps the 1/n of the Shapley value.</summary>
    /// <value>True by default.</value>
    public bool IsNormalized { get; init; } = true;

    /// <inheritdoc />
    public override string Name => $"delta_shapley({Low},{High})";

    /// <inheritdoc />
    public override double LogWeight(int players, int size)
    {
        CheckSize(players, size);
        int high = Math.Min(High, players - 1);
        if (Low > high)
        {
            throw new ArgumentOutOfRangeException(nameof(players), players, $"{Name} has no size below {players} players: the least is {Low}.");
        }

        int sizes = IsNormalized ? high - Low + 1 : players;
        return size >= Low && size <= high ? -Math.Log(sizes) - LogCount(players, size) : double.NegativeInfinity;
    }
}
