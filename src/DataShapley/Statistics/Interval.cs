namespace DataShapley.Statistics;

/// <summary>Where a value lies, at some level.</summary>
/// <param name="Low">The lower end; −∞ where nothing is known.</param>
/// <param name="High">The upper end; +∞ where nothing is known.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Gets the interval of everything: nothing is known.</summary>
    public static Interval Unknown { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Gets the width.</summary>
    public double Width => High - Low;

    /// <summary>Says whether a number lies inside or on an end.</summary>
    /// <param name="value">The number.</param>
    public bool Contains(double value) => value >= Low && value <= High;
}
