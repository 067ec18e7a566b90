namespace RunKit.Reports;

/// <summary>Points under one name, in the order in which they are joined.</summary>
public sealed class Series
{
    /// <summary>Creates a series.</summary>
    /// <param name="name">What the legend calls it.</param>
    /// <param name="x">The horizontal coordinates.</param>
    /// <param name="y">The vertical coordinates, as many. Where either is not finite, the line has a gap.</param>
    /// <exception cref="ArgumentException">There are more of one than of the other.</exception>
    public Series(string name, IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count != y.Count)
        {
            throw new ArgumentException($"The series '{name}' has {x.Count} horizontal and {y.Count} vertical coordinates: each point needs both.", nameof(y));
        }

        Name = name;
        X = x;
        Y = y;
        Low = [];
        High = [];
    }

    private Series(Series series, IReadOnlyList<double> low, IReadOnlyList<double> high)
    {
        (Name, X, Y) = (series.Name, series.X, series.Y);
        Low = low;
        High = high;
    }

    /// <summary>Gets what the legend calls it.</summary>
    public string Name { get; }

    /// <summary>Gets the horizontal coordinates.</summary>
    public IReadOnlyList<double> X { get; }

    /// <summary>Gets the vertical coordinates.</summary>
    public IReadOnlyList<double> Y { get; }

    /// <summary>Gets the lower end of the band about each point; empty without a band.</summary>
    public IReadOnlyList<double> Low { get; }

    /// <summary>Gets the upper end of the band about each point; empty without a band.</summary>
    public IReadOnlyList<double> High { get; }

    internal bool HasBand => Low.Count > 0;

    /// <summary>Creates the same series with a band about it, such as confidence intervals.</summary>
    /// <param name="low">The lower end at each point. Where either end is not finite, the band has a gap.</param>
    /// <param name="high">The upper end at each point.</param>
    /// <exception cref="ArgumentException">There are more or fewer ends than points.</exception>
    public Series WithBand(IReadOnlyList<double> low, IReadOnlyList<double> high)
    {
        ArgumentNullException.ThrowIfNull(low);
        ArgumentNullException.ThrowIfNull(high);
        if (low.Count != X.Count || high.Count != X.Count)
        {
            throw new ArgumentException($"The band of the series '{Name}' has {low.Count} lower and {high.Count} upper ends for {X.Count} points.", nameof(low));
        }

        return new Series(this, low, high);
    }

    internal bool IsFinite(int point) => double.IsFinite(X[point]) && double.IsFinite(Y[point]);

    internal bool IsBandFinite(int point) => HasBand && double.IsFinite(X[point]) && double.IsFinite(Low[point]) && double.IsFinite(High[point]);

    internal int CountFinite() => Enumerable.Range(0, X.Count).Count(IsFinite);
}
