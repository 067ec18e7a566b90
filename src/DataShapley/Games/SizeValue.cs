using System.Globalization;

namespace DataShapley.Games;

/// <summary>The semivalue of one size: the mean of what a player adds to coalitions of exactly that size, w(s) = 1 / C(n−1, s) there and 0 elsewhere. Not efficient.</summary>
public sealed record SizeValue : Semivalue
{
    /// <summary>Gets the size of the coalitions that the player joins.</summary>
    /// <value>Not negative; null by default: ⌊(n − 1) / 2⌋.</value>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative.</exception>
    public int? Size
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            field = value;
        }
    }

    /// <inheritdoc />
    public override string Name => Size is { } size ? string.Create(CultureInfo.InvariantCulture, $"size({size})") : "size";

    /// <summary>Says which size it is with some number of players.</summary>
    /// <param name="players">The number of players, 1 or more.</param>
    public int SizeOf(int players) => Size ?? ((players - 1) / 2);

    /// <inheritdoc />
    public override double LogWeight(int players, int size)
    {
        CheckSize(players, size);
        return size == SizeOf(players) ? -LogCount(players, size) : double.NegativeInfinity;
    }
}
