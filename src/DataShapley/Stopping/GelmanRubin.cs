using DataShapley.Statistics;

namespace DataShapley.Stopping;

/// <summary>Stops when chains of draws agree (Gelman and Rubin 1992): <c>√((m−1)/m + B/(m·s²)) &lt; threshold</c> for every player, with s² the mean variance within chains of m draws and B m times the variance of their means.</summary>
/// <remarks>
/// Beta-Shapley and OpenDataVal use it. Draw t belongs to chain t mod <see cref="Chains"/>: draws are independent, so it does not matter which, and the memory is chains × players whatever
/// the length. Where s² = 0 a player has converged if and only if B = 0; others' NaN ends or never ends a run. For independent draws the statistic is close to 1 as soon as chains have some ten draws:
/// it says that the draws are alike, not that the error is small. <see cref="ThresholdFor"/> or <see cref="AbsoluteStandardError"/> say that.
/// </remarks>
public sealed record GelmanRubin : StoppingRule
{
    /// <summary>Gets the number of chains.</summary>
    /// <value>2 or more; 10 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than 2.</exception>
    public int Chains
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 2);
            field = value;
        }
    } = 10;

    /// <summary>Gets below what the statistic of every player has to be.</summary>
    /// <value>Above 1 and finite; 1.05 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not above 1 and finite.</exception>
    public double Threshold
    {
        get;
        init => field = value > 1 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The threshold is above 1 and finite, as 1.05 is.");
    } = 1.05;

    /// <summary>Gets how many draws there are before it is asked.</summary>
    /// <value>1 or more; 500 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public long MinimumDraws
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 500;

    /// <summary>Computes the threshold for an effective sample size, <c>√(1 + 1/size)</c> (Vats and Knudson 2021).</summary>
    /// <param name="effectiveSampleSize">Above zero and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not above zero and finite.</exception>
    public static double ThresholdFor(double effectiveSampleSize) => effectiveSampleSize > 0 && double.IsFinite(effectiveSampleSize)
        ? Math.Sqrt(1 + (1 / effectiveSampleSize))
        : throw new ArgumentOutOfRangeException(nameof(effectiveSampleSize), effectiveSampleSize, "An effective sample size is above zero and finite.");

    /// <inheritdoc />
    public override StoppingMonitor Begin(StoppingStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        return new Monitor(this, start.PlayerCount);
    }

    private sealed class Monitor(GelmanRubin rule, int playerCount) : StoppingMonitor
    {
        private readonly PlayerMoments[] _chains = [.. Enumerable.Range(0, rule.Chains).Select(_ => new PlayerMoments(playerCount))];
        private long _draws;
        private bool _hasSamples;

        public override void Observe(ReadOnlySpan<double> contributions)
        {
            PlayerMoments chain = _chains[_draws++ % _chains.Length];
            _hasSamples |= contributions.Length > 0;
            for (int i = 0; i < contributions.Length; i++)
            {
                chain.Add(i, contributions[i]);
            }
        }

        public override StoppingDecision Check(StoppingMoment moment)
        {
            if (!_hasSamples)
            {
                throw new ValuationException(
                    ValuationError.MissingSamples, "Gelman and Rubin's rule compares samples of single draws, and this estimator has none. Stop on its standard errors, or by a budget.");
            }

            return moment.Draws >= rule.MinimumDraws && Enumerable.Range(0, playerCount).All(player => Statistic(player) < rule.Threshold)
                ? StoppingDecision.Converged
                : StoppingDecision.Continue;
        }

        public override double Completion(StoppingMoment moment) => moment.Draws < rule.MinimumDraws ? (double)moment.Draws / rule.MinimumDraws : double.NaN;

        private double Statistic(int player)
        {
            // Chains differ by one draw at most, and by what was left out: the shortest counts for all.
            long length = _chains.Min(chain => chain.Counts[player]);
            if (length < 2)
            {
                return double.PositiveInfinity;
            }

            double within = 0;
            PlayerMoments means = new(1);
            foreach (PlayerMoments chain in _chains)
            {
                within += chain.Variance(player) / _chains.Length;
                means.Add(0, chain.Means[player]);
            }

            double between = means.Variance(0);
            return within == 0
                ? (between == 0 ? 1 : double.PositiveInfinity)
                : Math.Sqrt(((length - 1.0) / length) + (between / within));
        }
    }
}
