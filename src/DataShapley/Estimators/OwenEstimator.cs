using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Owen sampling (Okhrati and Lipani, 2021): φ_i = ∫₀¹ E[v(S_q ∪ i) − v(S_q ∖ i)] dq, where each player joins S_q with probability q. One coalition serves all players: each joins or leaves it.</summary>
/// <remarks>n + 1 evaluations a coalition. Unbiased with a random q; a grid is biased by O(1/points²), and its errors do not say so.</remarks>
public sealed record OwenEstimator : SamplingEstimator<double[]>
{
    /// <summary>Gets how many values q has, from 0 to 1 at equal distances, in each sweep: the integral by the trapezoid rule.</summary>
    /// <value>2 or more; null by default: q is drawn.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 2.</exception>
    public int? GridPoints
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 2, 2);
            field = value;
        }
    }

    /// <summary>Gets whether each coalition is followed by its complement, which stands for 1 − q; the pair is the independent sample.</summary>
    /// <value>False by default.</value>
    public bool IsAntithetic { get; init; }

    /// <inheritdoc />
    public override string Name => "owen";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue.Shapley;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.NullPlayer | EstimatorPromises.Linear | EstimatorPromises.Symmetric
        | (GridPoints is null ? EstimatorPromises.Unbiased | EstimatorPromises.Intervals : EstimatorPromises.None);

    /// <inheritdoc />
    public override Task<Sampling<double[]>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Task.FromResult<Sampling<double[]>>(new Run(this, context));
    }

    private sealed class Run(OwenEstimator estimator, EstimationContext context) : Sampling<double[]>
    {
        // Enough coalitions at once to keep workers busy, few enough to hold.
        private const int CoalitionsAtOnce = 128;

        private readonly RandomStreams _random = context.Random(estimator.Name);
        private readonly PlayerMoments _moments = new(context.PlayerCount);
        private readonly int _players = context.PlayerCount;

        public override long MaximumCost(long index) => (estimator.GridPoints ?? 1) * (estimator.IsAntithetic ? 2L : 1) * (_players + 1L);

        public override async Task<double[]> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            RandomSequence random = _random.At(draw.Index);
            double[] sums = new double[_players];
            if (estimator.GridPoints is not { } points)
            {
                await AddAsync(draw, random.NextBernoulli(_players, random.NextDouble()), 1, sums, cancellationToken).ConfigureAwait(false);
                return sums;
            }

            for (int point = 0; point < points; point++)
            {
                double q = (double)point / (points - 1);
                double weight = (point == 0 || point == points - 1 ? 0.5 : 1) / (points - 1);
                await AddAsync(draw, random.NextBernoulli(_players, q), weight, sums, cancellationToken).ConfigureAwait(false);
            }

            return sums;
        }

        public override void Commit(double[] sample)
        {
            for (int i = 0; i < sample.Length; i++)
            {
                _moments.Add(i, sample[i]);
            }
        }

        public override Estimate Estimate() => _moments.ToEstimate();

        public override ReadOnlySpan<double> Contributions(double[] sample) => sample;

        private async Task AddAsync(Draw draw, Coalition coalition, double weight, double[] sums, CancellationToken cancellationToken)
        {
            if (!estimator.IsAntithetic)
            {
                await AddFlipsAsync(draw, coalition, weight, sums, cancellationToken).ConfigureAwait(false);
                return;
            }

            await AddFlipsAsync(draw, coalition, weight / 2, sums, cancellationToken).ConfigureAwait(false);
            await AddFlipsAsync(draw, coalition.Complement(), weight / 2, sums, cancellationToken).ConfigureAwait(false);
        }

        // Whether a player is in the coalition says nothing of the others: with and without it, they are a sample of S_q ∖ i.
        private async Task AddFlipsAsync(Draw draw, Coalition coalition, double weight, double[] sums, CancellationToken cancellationToken)
        {
            double value = await draw.EvaluateAsync(coalition, cancellationToken).ConfigureAwait(false);
            foreach (int[] players in Enumerable.Range(0, _players).Chunk(CoalitionsAtOnce))
            {
                double[] values = await draw.EvaluateAsync([.. players.Select(player => coalition.Contains(player) ? coalition.Without(player) : coalition.With(player))], cancellationToken).ConfigureAwait(false);
                for (int i = 0; i < players.Length; i++)
                {
                    sums[players[i]] += weight * (coalition.Contains(players[i]) ? value - values[i] : values[i] - value);
                }
            }
        }
    }
}
