namespace DataShapley.Games.Classic;

/// <summary>Only the size counts: <c>v(S) = f(|S|)</c>. All players are worth the same, (f(n) − f(0)) / n as Shapley values.</summary>
public sealed class SymmetricGame : TallyGame
{
    private readonly double[] _worths;

    /// <summary>Creates the game.</summary>
    /// <param name="worths">f(0) … f(n): a number more than there are players, finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no players, or a number is not finite.</exception>
    public SymmetricGame(params ReadOnlySpan<double> worths)
        : base("symmetric", worths.Length - 1, Finite(worths, nameof(worths))) => _worths = worths.ToArray();

    /// <inheritdoc />
    public override UtilityRange? Range => new UtilityRange(_worths.Min(), _worths.Max());

    /// <inheritdoc />
    public override double[] Exact(Semivalue semivalue) => OfSizes(semivalue, _worths);

    internal static double[] OfSizes(Semivalue semivalue, double[] worths)
    {
        int players = worths.Length - 1;
        SizeWeights weights = new(semivalue, players);
        double value = 0;
        for (int size = 0; size < players; size++)
        {
            value += weights.OfSize(size) * (worths[size + 1] - worths[size]);
        }

        double[] values = new double[players];
        Array.Fill(values, value);
        return values;
    }

    private protected override long Join(long tally, int player) => tally + 1;

    private protected override double Worth(long tally) => _worths[tally];
}
