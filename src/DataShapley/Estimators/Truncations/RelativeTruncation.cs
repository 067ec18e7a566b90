namespace DataShapley.Estimators.Truncations;

/// <summary>Stops where the value is within a tolerance of the end's: |value − end| ≤ absolute + tolerance · |end|, for some steps in a row.</summary>
public sealed record RelativeTruncation : TruncationPolicy
{
    /// <summary>Creates the policy.</summary>
    /// <param name="tolerance">The relative tolerance, not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or no number.</exception>
    public RelativeTruncation(double tolerance) => Tolerance = CheckTolerance(tolerance);

    /// <summary>Gets the relative tolerance.</summary>
    public double Tolerance { get; }

    /// <summary>Gets the absolute tolerance, in units of the utility.</summary>
    /// <value>Not negative; 1e-8 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or no number.</exception>
    public double AbsoluteTolerance { get; init => field = CheckTolerance(value); } = 1e-8;

    /// <summary>Gets the share of each order that is evaluated in any case.</summary>
    /// <value>In [0, 1]; 0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">It lies outside.</exception>
    public double BurnIn { get; init => field = CheckShare(value); }

    /// <summary>Gets how many steps in a row have to be near.</summary>
    /// <value>1 or more; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int ConsecutiveSteps
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <inheritdoc />
    public override Func<int, double, bool> Begin(int players, double end)
    {
        double tolerance = AbsoluteTolerance + (Tolerance * Math.Abs(end));
        int near = 0;
        return (moved, value) =>
        {
            // A NaN, of a failed evaluation, is not near.
            near = Math.Abs(value - end) <= tolerance ? near + 1 : 0;
            return near >= ConsecutiveSteps && moved >= BurnIn * players;
        };
    }

    private static double CheckTolerance(double value) =>
        value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A tolerance is finite and not negative.");
}
