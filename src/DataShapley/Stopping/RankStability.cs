using DataShapley.Statistics;

namespace DataShapley.Stopping;

/// <summary>Stops when the order of the players stands: Spearman's correlation with a snapshot taken a sweep ago is at least 1 − tolerance, twice in a row.</summary>
/// <remarks>
/// The snapshot stays until every player has gained samples: a correlation with what was known a moment ago is always near 1. It is the correlation itself that has to be high, not that two
/// of them are alike: 0.3 twice is no order.
/// </remarks>
public sealed record RankStability : StoppingRule
{
    private const int Needed = 2;

    /// <summary>Creates the rule.</summary>
    /// <param name="tolerance">How far the correlation may be below 1, in (0, 1), such as 0.01.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance lies outside.</exception>
    public RankStability(double tolerance) =>
        Tolerance = tolerance is > 0 and < 1 ? tolerance : throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance of a correlation lies in (0, 1).");

    /// <summary>Gets how far the correlation may be below 1.</summary>
    public double Tolerance { get; }

    /// <summary>Gets how many samples every player gains in a sweep.</summary>
    /// <value>1 or more; 4 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public long Updates
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 4;

    /// <summary>Gets by what share every player's samples grow in a sweep at least.</summary>
    /// <value>0 or more and finite; 0.5 by default, so that late sweeps say as much as early ones.</value>
    /// <exception cref="ArgumentOutOfRangeException">The share is negative or not finite.</exception>
    public double Growth
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The growth of samples is 0 or more and finite.");
    } = 0.5;

    /// <inheritdoc />
    public override StoppingMonitor Begin(StoppingStart start) => new Monitor(this);

    private sealed class Monitor(RankStability rule) : StoppingMonitor
    {
        private readonly SweepSnapshot _snapshot = new(rule.Updates, rule.Growth);
        private int _passed;

        public override StoppingDecision Check(StoppingMoment moment)
        {
            if (_snapshot.Compare(moment.Estimate, Correlate) is { } correlation)
            {
                _passed = correlation >= 1 - rule.Tolerance ? _passed + 1 : 0;
            }

            return _passed >= Needed ? StoppingDecision.Converged : StoppingDecision.Continue;
        }

        // Where all values are equal there is no order: two such moments agree, one beside another does not.
        private static double Correlate(double[] now, double[] then)
        {
            double correlation = RankCorrelation.Spearman(now, then);
            return double.IsNaN(correlation) && IsConstant(now) && IsConstant(then) ? 1 : correlation;
        }

        private static bool IsConstant(double[] values) => Array.TrueForAll(values, value => value == values[0]);
    }
}
