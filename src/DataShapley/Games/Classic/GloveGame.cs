namespace DataShapley.Games.Classic;

/// <summary>Some hold a left glove, the others a right one, and a pair is worth 1: <c>v(S) = min(left, right)</c>. The first players hold the left ones.</summary>
public sealed class GloveGame : TallyGame
{
    private const int RightShift = 32;

    private readonly int _left;
    private readonly int _right;

    /// <summary>Creates the game.</summary>
    /// <param name="left">How many players hold a left glove, not negative.</param>
    /// <param name="right">How many hold a right one, not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative, or there are no players.</exception>
    public GloveGame(int left, int right)
        : base("glove", checked(left + right), left, right)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(right);
        _left = left;
        _right = right;
    }

    /// <inheritdoc />
    public override UtilityRange? Range => new UtilityRange(0, Math.Min(_left, _right));

    /// <inheritdoc />
    public override double[] Exact(Semivalue semivalue)
    {
        SizeWeights weights = new(semivalue, PlayerCount);
        double ofLeft = Pivotal(weights, _left, _right);
        double ofRight = Pivotal(weights, _right, _left);
        return [.. Enumerable.Range(0, PlayerCount).Select(player => player < _left ? ofLeft : ofRight)];
    }

    private protected override long Join(long tally, int player) => tally + (player < _left ? 1 : 1L << RightShift);

    private protected override double Worth(long tally) => Math.Min((int)tally, tally >> RightShift);

    // A glove makes a pair where more of the other kind are there.
    private static double Pivotal(SizeWeights weights, int own, int others)
    {
        double sum = 0;
        for (int same = 0; same < own; same++)
        {
            for (int other = same + 1; other <= others; other++)
            {
                sum += weights.Of(same + other, SizeWeights.LogChoose(own - 1, same) + SizeWeights.LogChoose(others, other));
            }
        }

        return sum;
    }
}
