namespace DataShapley.Estimators.Truncations;

/// <summary>Stops where the value is near the end's, measured by the standard deviation of the values that this order had so far: |value − end| &lt; deviations · sd.</summary>
public sealed record DeviationTruncation : TruncationPolicy
{
    /// <summary>Creates the policy.</summary>
    /// <param name="deviations">How many standard deviations, above zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not above zero and finite.</exception>
    public DeviationTruncation(double deviations) =>
        Deviations = deviations > 0 && double.IsFinite(deviations)
            ? deviations
            : throw new ArgumentOutOfRangeException(nameof(deviations), deviations, "The number of deviations is above zero and finite.");

    /// <summary>Gets how many standard deviations.</summary>
    public double Deviations { get; }

    /// <summary>Gets the share of each order that is evaluated in any case.</summary>
    /// <value>In [0, 1]; 0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">It lies outside.</exception>
    public double BurnIn { get; init => field = CheckShare(value); }

    /// <inheritdoc />
    public override Func<int, double, bool> Begin(int players, double end)
    {
        int count = 0;
        double mean = 0;
        double squares = 0;
        return (moved, value) =>
        {
            if (double.IsNaN(value))
            {
                return false;
            }

            double delta = value - mean;
            mean += delta / ++count;
            squares += delta * (value - mean);

            // One value has no deviation: nothing is near it.
            return count > 1 && moved >= BurnIn * players && Math.Abs(value - end) < Deviations * Math.Sqrt(squares / (count - 1));
        };
    }
}
