using DataShapley.Statistics;

namespace DataShapley.Stopping;

/// <summary>Stops when it is known who the best k players are: the intervals of all of them lie above those of all others.</summary>
/// <remarks>
/// What selection needs, and often far less than good values. Intervals are Student's, at once for all players by Bonferroni. It is asked many times, so that a stop by chance is somewhat likelier than
/// 1 − <see cref="Level"/>. Two players of the same value at ranks k and k + 1 never part: set <see cref="Tolerance"/> or a budget.
/// </remarks>
public sealed record TopSelectionStability : StoppingRule
{
    /// <summary>Creates the rule.</summary>
    /// <param name="selected">How many players are selected, 1 or more. Where all are, nothing has to be known.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public TopSelectionStability(int selected)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(selected, 1);
        Selected = selected;
    }

    /// <summary>Gets how many players are selected.</summary>
    public int Selected { get; }

    /// <summary>Gets the probability with which all intervals hold.</summary>
    /// <value>In (0, 1); 0.95 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The level lies outside.</exception>
    public double Level
    {
        get;
        init => field = value is > 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The level of intervals lies in (0, 1).");
    } = 0.95;

    /// <summary>Gets by how much intervals may overlap: a player who is worse by less may be selected.</summary>
    /// <value>0 or more and finite, in units of the utility; 0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is negative or not finite.</exception>
    public double Tolerance
    {
        get;
        init => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The tolerance is 0 or more and finite.");
    }

    /// <summary>Gets how many samples every player needs more than before intervals count.</summary>
    /// <value>1 or more; 4 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public long BurnIn
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 4;

    /// <inheritdoc />
    public override StoppingMonitor Begin(StoppingStart start) => new Monitor(this);

    private sealed class Monitor(TopSelectionStability rule) : StoppingMonitor
    {
        private static readonly StudentTIntervals Method = new() { Simultaneous = SimultaneousLevel.Bonferroni };

        public override StoppingDecision Check(StoppingMoment moment)
        {
            Estimate estimate = moment.Estimate;
            if (rule.Selected >= estimate.Values.Length)
            {
                return StoppingDecision.Converged;
            }

            bool isKnown = estimate.Counts.Min() > rule.BurnIn && Array.TrueForAll(estimate.Values, double.IsFinite) && Array.TrueForAll(estimate.StandardErrors, double.IsFinite);
            return isKnown && IsSeparate(estimate) ? StoppingDecision.Converged : StoppingDecision.Continue;
        }

        private bool IsSeparate(Estimate estimate)
        {
            ValuationResult result = new(estimate.Values, estimate.StandardErrors, estimate.Counts) { DegreesOfFreedom = estimate.DegreesOfFreedom };
            IReadOnlyList<Interval> intervals = Method.Compute(result, rule.Level);
            int[] ranking = result.Ranking();
            double low = ranking.Take(rule.Selected).Min(i => intervals[i].Low);
            double high = ranking.Skip(rule.Selected).Max(i => intervals[i].High);
            return low >= high - rule.Tolerance;
        }
    }
}
