namespace DataShapley.Statistics;

/// <summary>What an estimator knows at one moment: a value, its standard error and more for each player.</summary>
/// <param name="Values">The values.</param>
/// <param name="StandardErrors">Their standard errors: 0 where exact, +∞ where nothing is known yet, NaN where the estimator has none.</param>
/// <param name="Counts">How many samples stand behind each value.</param>
public sealed record Estimate(double[] Values, double[] StandardErrors, long[] Counts)
{
    /// <summary>Gets the variance of one sample of each player, or NaN.</summary>
    /// <value>All NaN by default.</value>
    public double[] Variances { get; init; } = NotKnown(Values.Length);

    /// <summary>Gets the degrees of freedom of the standard errors, for intervals of Student's t; 0 where there are none, +∞ for normal intervals.</summary>
    /// <value>All 0 by default.</value>
    public double[] DegreesOfFreedom { get; init; } = new double[Values.Length];

    /// <summary>Gets the range of one sample in widths of the utility's range, for bounds: 2 where samples are differences of two values.</summary>
    /// <value>Null by default: not known.</value>
    public double? SampleRange { get; init; }

    /// <summary>Gets what else came out, such as the subsidy of a least core, by name.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, double> Facts { get; init; } = new SortedDictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Creates the estimate of values that are exact.</summary>
    /// <param name="values">The values.</param>
    /// <param name="evaluations">How many evaluations stand behind them.</param>
    public static Estimate Exact(double[] values, long evaluations)
    {
        ArgumentNullException.ThrowIfNull(values);
        long[] counts = new long[values.Length];
        Array.Fill(counts, evaluations);
        double[] infinite = new double[values.Length];
        Array.Fill(infinite, double.PositiveInfinity);
        return new Estimate(values, new double[values.Length], counts) { Variances = new double[values.Length], DegreesOfFreedom = infinite };
    }

    private static double[] NotKnown(int count)
    {
        double[] values = new double[count];
        Array.Fill(values, double.NaN);
        return values;
    }
}
