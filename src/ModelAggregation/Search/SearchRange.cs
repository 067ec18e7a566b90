namespace ModelAggregation.Search;

/// <summary>The numbers that a searched parameter can have.</summary>
public readonly record struct SearchRange
{
    /// <summary>Creates a range.</summary>
    /// <param name="low">The lowest number.</param>
    /// <param name="high">The highest.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is not finite, or the highest is not above the lowest.</exception>
    public SearchRange(double low, double high)
    {
        if (!double.IsFinite(low))
        {
            throw new ArgumentOutOfRangeException(nameof(low), low, "The lowest number is finite.");
        }

        if (!(high > low && double.IsFinite(high)))
        {
            throw new ArgumentOutOfRangeException(nameof(high), high, $"The highest number is finite and above the lowest, {low}.");
        }

        Low = low;
        High = high;
    }

    /// <summary>Gets the lowest number.</summary>
    public double Low { get; }

    /// <summary>Gets the highest number.</summary>
    public double High { get; }

    /// <summary>Returns the number at a place, 0 at the lowest and 1 at the highest, which are met exactly.</summary>
    internal double At(double place) => place >= 1 ? High : Low + (place * (High - Low));
}
