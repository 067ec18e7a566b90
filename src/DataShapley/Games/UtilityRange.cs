namespace DataShapley.Games;

/// <summary>The values that a utility can take; bounds of Hoeffding and Bernstein need it.</summary>
public readonly record struct UtilityRange
{
    /// <summary>Creates a range.</summary>
    /// <param name="minimum">The least value, finite.</param>
    /// <param name="maximum">The greatest value, finite, not below the least.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is not finite, or they are the wrong way round.</exception>
    public UtilityRange(double minimum, double maximum)
    {
        if (!(double.IsFinite(minimum) && double.IsFinite(maximum) && minimum <= maximum))
        {
            throw new ArgumentOutOfRangeException(nameof(maximum), maximum, $"A range has finite bounds, the lower first: [{minimum}, {maximum}].");
        }

        Minimum = minimum;
        Maximum = maximum;
    }

    /// <summary>Gets the range of an accuracy, [0, 1].</summary>
    public static UtilityRange Unit { get; } = new(0, 1);

    /// <summary>Gets the least value.</summary>
    public double Minimum { get; }

    /// <summary>Gets the greatest value.</summary>
    public double Maximum { get; }

    /// <summary>Gets the width: the greatest difference of two values.</summary>
    public double Width => Maximum - Minimum;
}
