namespace DataShapley.Games.Classic;

/// <summary>Some players are needed, all of them: <c>v(S) = v₀ + w · 1[T ⊆ S]</c>. Each of T has the Shapley value w/|T| and the Banzhaf value w/2^(|T|−1); others are null players.</summary>
public sealed class UnanimityGame : TallyGame
{
    private readonly Coalition _needed;
    private readonly double _worth;
    private readonly double _empty;

    /// <summary>Creates the game.</summary>
    /// <param name="needed">T, not empty.</param>
    /// <param name="worth">w, finite; 1 by default.</param>
    /// <param name="empty">v₀, finite; 0 by default.</param>
    /// <exception cref="ArgumentException">Nobody is needed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not finite.</exception>
    public UnanimityGame(Coalition needed, double worth = 1, double empty = 0)
        : base("unanimity", Check(needed).PlayerCount, [.. Finite([worth, empty], nameof(worth)), .. needed.ToArray()])
    {
        _needed = needed;
        _worth = worth;
        _empty = empty;
    }

    /// <inheritdoc />
    public override UtilityRange? Range => new UtilityRange(_empty + Math.Min(_worth, 0), _empty + Math.Max(_worth, 0));

    /// <inheritdoc />
    public override double[] Exact(Semivalue semivalue)
    {
        double value = _worth * new SizeWeights(semivalue, PlayerCount).Between(_needed.Size - 1, PlayerCount - _needed.Size);
        return [.. Enumerable.Range(0, PlayerCount).Select(player => _needed.Contains(player) ? value : 0)];
    }

    private protected override long Join(long tally, int player) => tally + (_needed.Contains(player) ? 1 : 0);

    private protected override double Worth(long tally) => tally == _needed.Size ? _empty + _worth : _empty;

    private static Coalition Check(Coalition needed)
    {
        ArgumentNullException.ThrowIfNull(needed);
        return needed.IsEmpty ? throw new ArgumentException("In a unanimity game at least one player is needed.", nameof(needed)) : needed;
    }
}
