using System.Globalization;

namespace DataShapley.Games;

/// <summary>The Banzhaf value, w(s) = 2^−(n−1), or the weighted one with another probability p of taking part: w(s) = p^s · (1−p)^(n−1−s).</summary>
public sealed record BanzhafValue : Semivalue
{
    /// <summary>Gets the probability that another player takes part.</summary>
    /// <value>In (0, 1); ½ by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The probability lies outside.</exception>
    public double Probability
    {
        get;
        init => field = value is > 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The probability of a weighted Banzhaf value lies in (0, 1).");
    } = 0.5;

    /// <inheritdoc />
    public override string Name => Probability == 0.5 ? "banzhaf" : string.Create(CultureInfo.InvariantCulture, $"banzhaf({Probability})");

    /// <inheritdoc />
    public override double LogWeight(int players, int size)
    {
        CheckSize(players, size);
        return (size * Math.Log(Probability)) + ((players - 1 - size) * Math.Log(1 - Probability));
    }
}
