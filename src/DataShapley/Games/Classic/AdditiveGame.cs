namespace DataShapley.Games.Classic;

/// <summary>Each member brings his own: <c>v(S) = v₀ + Σ_{i∈S} a_i</c>. Every semivalue is a.</summary>
public sealed class AdditiveGame : ClassicGame
{
    private readonly double[] _values;
    private readonly double _empty;

    /// <summary>Creates the game.</summary>
    /// <param name="values">What each player brings, finite.</param>
    /// <param name="empty">v₀, finite; 0 by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no players, or a number is not finite.</exception>
    public AdditiveGame(ReadOnlySpan<double> values, double empty = 0)
        : base("additive", values.Length, [.. Finite(values, nameof(values)), .. Finite([empty], nameof(empty))])
    {
        _values = values.ToArray();
        _empty = empty;
    }

    /// <inheritdoc />
    public override UtilityRange? Range => new UtilityRange(_empty + _values.Where(value => value < 0).Sum(), _empty + _values.Where(value => value > 0).Sum());

    /// <inheritdoc />
    public override double ValueOf(Coalition coalition)
    {
        ArgumentNullException.ThrowIfNull(coalition);
        double sum = _empty;
        foreach (int player in coalition.ToArray())
        {
            sum += _values[player];
        }

        return sum;
    }

    /// <inheritdoc />
    public override double[] Exact(Semivalue semivalue)
    {
        double total = new SizeWeights(semivalue, PlayerCount).Total();
        return [.. _values.Select(value => value * total)];
    }
}
