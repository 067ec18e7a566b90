namespace DataShapley.Stopping;

/// <summary>Stops when the values have changed little since a while ago: the mean over players of <c>|φ_now − φ_then| / max(|φ_now|, floor)</c> is below a tolerance.</summary>
/// <remarks>
/// As in Ghorbani and Zou 2019, with two changes. The denominator is an absolute value, so that negative values do not pass at once, and it has a floor, so that a null player does not hold up
/// all others. "Then" is when every player had <see cref="Updates"/> samples less and the share <see cref="Growth"/> less: where a thousandth more was drawn, agreement says nothing.
/// A small change is no small error: <see cref="AbsoluteStandardError"/> says more where there are standard errors.
/// </remarks>
public sealed record HistoryDeviation : StoppingRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="tolerance">The mean relative change, above zero and finite, such as 0.05.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is not above zero and finite.</exception>
    public HistoryDeviation(double tolerance) =>
        Tolerance = tolerance > 0 && double.IsFinite(tolerance) ? tolerance : throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "A tolerance is above zero and finite.");

    /// <summary>Gets the tolerance.</summary>
    public double Tolerance { get; }

    /// <summary>Gets how many samples every player gains before values are compared.</summary>
    /// <value>1 or more; 100 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public long Updates
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 100;

    /// <summary>Gets by what share every player's samples grow before values are compared.</summary>
    /// <value>0 or more and finite; 0 by default: the number of updates alone decides, as in the paper.</value>
    /// <exception cref="ArgumentOutOfRangeException">The share is negative or not finite.</exception>
    public double Growth
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The growth of samples is 0 or more and finite.");
    }

    /// <summary>Gets the least denominator, as a share of the largest |φ|.</summary>
    /// <value>In (0, 1]; 0.01 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The share lies outside.</exception>
    public double Floor
    {
        get;
        init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The floor is a share of the largest value, in (0, 1].");
    } = 0.01;

    /// <inheritdoc />
    public override StoppingMonitor Begin(StoppingStart start) => new Monitor(this);

    internal static double Deviation(double[] now, double[] then, double floor)
    {
        double least = floor * now.Max(Math.Abs);
        double sum = 0;
        for (int i = 0; i < now.Length; i++)
        {
            double change = Math.Abs(now[i] - then[i]);
            sum += change == 0 ? 0 : change / Math.Max(Math.Abs(now[i]), least);
        }

        return sum / now.Length;
    }

    private sealed class Monitor(HistoryDeviation rule) : StoppingMonitor
    {
        private readonly SweepSnapshot _snapshot = new(rule.Updates, rule.Growth);

        public override StoppingDecision Check(StoppingMoment moment) =>
            _snapshot.Compare(moment.Estimate, (now, then) => Deviation(now, then, rule.Floor)) is { } deviation && deviation < rule.Tolerance
                ? StoppingDecision.Converged
                : StoppingDecision.Continue;
    }
}
