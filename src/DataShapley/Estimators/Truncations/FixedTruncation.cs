namespace DataShapley.Estimators.Truncations;

/// <summary>Evaluates a fixed share of each order.</summary>
public sealed record FixedTruncation : TruncationPolicy
{
    /// <summary>Creates the policy.</summary>
    /// <param name="fraction">The share of the players after whom the order ends, in (0, 1]; at least one player moves.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share lies outside.</exception>
    public FixedTruncation(double fraction) =>
        Fraction = fraction is > 0 and <= 1 ? fraction : throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The share of an order that is evaluated lies in (0, 1].");

    /// <summary>Gets the share.</summary>
    public double Fraction { get; }

    /// <inheritdoc />
    public override Func<int, double, bool> Begin(int players, double end) => (moved, _) => moved >= Fraction * players;
}
