namespace DataShapley.Games.Classic;

/// <summary>Members bring their own, and pairs of them something together: <c>v(S) = Σ_{i∈S} a_i + Σ_{i&lt;j∈S} b_ij</c>. Shapley and Banzhaf values are a_i + ½ Σ_j b_ij.</summary>
public sealed class QuadraticGame : ClassicGame
{
    private readonly double[] _linear;
    private readonly double[,] _pairs;

    /// <summary>Creates the game.</summary>
    /// <param name="linear">a, finite.</param>
    /// <param name="pairs">b, players × players, finite and symmetric; the diagonal is not used.</param>
    /// <exception cref="ArgumentException">The matrix has another size or is not symmetric.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no players, or a number is not finite.</exception>
    public QuadraticGame(ReadOnlySpan<double> linear, double[,] pairs)
        : base("quadratic", linear.Length, [.. Finite(linear, nameof(linear)), .. Finite(Upper(pairs, linear.Length), nameof(pairs))])
    {
        _linear = linear.ToArray();
        _pairs = (double[,])pairs.Clone();
    }

    /// <summary>Gets the values it can take: not known without looking at all coalitions.</summary>
    public override UtilityRange? Range => null;

    /// <inheritdoc />
    public override double ValueOf(Coalition coalition)
    {
        ArgumentNullException.ThrowIfNull(coalition);
        int[] members = coalition.ToArray();
        double sum = 0;
        for (int i = 0; i < members.Length; i++)
        {
            sum += _linear[members[i]];
            for (int j = 0; j < i; j++)
            {
                sum += _pairs[members[j], members[i]];
            }
        }

        return sum;
    }

    /// <inheritdoc />
    public override double[] Exact(Semivalue semivalue)
    {
        // A pair counts where the other is there: with the weight of the coalitions that hold him.
        SizeWeights weights = new(semivalue, PlayerCount);
        double total = weights.Total();
        double withOther = PlayerCount < 2 ? 0 : weights.Between(1, PlayerCount - 2);
        double[] values = new double[PlayerCount];
        for (int i = 0; i < values.Length; i++)
        {
            double pairs = 0;
            for (int j = 0; j < values.Length; j++)
            {
                pairs += i == j ? 0 : _pairs[Math.Min(i, j), Math.Max(i, j)];
            }

            values[i] = (_linear[i] * total) + (withOther * pairs);
        }

        return values;
    }

    private static double[] Upper(double[,] pairs, int players)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (pairs.GetLength(0) != players || pairs.GetLength(1) != players)
        {
            throw new ArgumentException($"The pairs of {players} players are a matrix of {players} × {players}; this one is {pairs.GetLength(0)} × {pairs.GetLength(1)}.", nameof(pairs));
        }

        List<double> upper = [];
        for (int i = 0; i < players; i++)
        {
            for (int j = i + 1; j < players; j++)
            {
                if (!pairs[i, j].Equals(pairs[j, i]))
                {
                    throw new ArgumentException($"The matrix of pairs is symmetric; ({i}, {j}) is {pairs[i, j]} and ({j}, {i}) is {pairs[j, i]}.", nameof(pairs));
                }

                upper.Add(pairs[i, j]);
            }
        }

        return [.. upper];
    }
}
