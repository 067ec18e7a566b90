namespace DataShapley.Datasets.Synthetic;

/// <summary>What clouds of points look like.</summary>
public sealed record BlobOptions
{
    /// <summary>Gets the number of points.</summary>
    /// <value>1 or more; 200 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int Count
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 200;

    /// <summary>Gets the number of features.</summary>
    /// <value>1 or more; 2 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int Dimension
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 2;

    /// <summary>Gets the number of classes, each a cloud. Their sizes differ by one point at most.</summary>
    /// <value>1 or more; 2 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int ClassCount
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 2;

    /// <summary>Gets half the width of the cube in which the centres lie, uniformly.</summary>
    /// <value>Finite, 0 or more; 5 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The width is negative or not finite.</exception>
    public double CentreRange
    {
        get;
        init => field = Check(value);
    } = 5;

    /// <summary>Gets the standard deviation of each feature about its centre.</summary>
    /// <value>Finite, 0 or more; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is negative or not finite.</exception>
    public double Deviation
    {
        get;
        init => field = Check(value);
    } = 1;

    /// <summary>Gets the seed.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    private static double Check(double value) => value >= 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "The number is finite and not negative.");
}
