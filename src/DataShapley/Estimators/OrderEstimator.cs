using DataShapley.Estimators.Truncations;
using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>An estimator by orders: players join one by one, and each is credited with what changes. A marginal contribution at size s counts n · C(n−1, s) · w(s) times, which is once for the Shapley value.</summary>
/// <remarks>A draw is one or more orders; their mean is the independent sample. An order costs n − 1 evaluations beside those of nobody and everybody.</remarks>
public abstract record OrderEstimator : SamplingEstimator<double[]>
{
    /// <summary>Gets when the rest of an order is not evaluated.</summary>
    /// <value><see cref="TruncationPolicy.None"/> by default.</value>
    public TruncationPolicy Truncation { get; init; } = TruncationPolicy.None;

    /// <summary>Gets whether players after a truncation share what is left to the value of everybody, which keeps values efficient. If not, they get 0. Either counts as a sample.</summary>
    /// <value>True by default.</value>
    public bool SpreadsResidual { get; init; } = true;

    /// <inheritdoc />
    public sealed override Semivalue? Target => Weighting;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Symmetric
        | (IsWhole ? EstimatorPromises.Unbiased | EstimatorPromises.Intervals | EstimatorPromises.Linear : EstimatorPromises.None)
        | (IsWhole || !SpreadsResidual ? EstimatorPromises.NullPlayer : EstimatorPromises.None)
        | (Weighting.IsEfficient && (IsWhole || SpreadsResidual) ? EstimatorPromises.Efficient : EstimatorPromises.None);

    /// <summary>Gets the semivalue that weighs contributions by their size.</summary>
    protected abstract Semivalue Weighting { get; }

    private bool IsWhole => Truncation == TruncationPolicy.None;

    /// <inheritdoc />
    public sealed override async Task<Sampling<double[]>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        Ends ends = await Ends.BeginAsync(context, before, cancellationToken).ConfigureAwait(false);
        return new Run(this, context, ends);
    }

    /// <summary>Says how many orders a draw has.</summary>
    /// <param name="players">The number of players.</param>
    protected abstract int OrdersPerDraw(int players);

    /// <summary>Draws the orders of one draw.</summary>
    /// <param name="random">The random numbers of the draw.</param>
    /// <param name="players">The number of players.</param>
    /// <returns>As many orders as <see cref="OrdersPerDraw"/> says; each is read before the next is asked for.</returns>
    protected abstract IEnumerable<int[]> NextOrders(RandomSequence random, int players);

    private sealed class Run(OrderEstimator estimator, EstimationContext context, Ends ends) : Sampling<double[]>
    {
        private readonly OrderWalk _walk = new(context.PlayerCount, estimator.Weighting, estimator.Truncation, estimator.SpreadsResidual);
        private readonly RandomStreams _random = context.Random(estimator.Name);
        private readonly PlayerMoments _moments = new(context.PlayerCount);
        private readonly int _orders = estimator.OrdersPerDraw(context.PlayerCount);

        public override bool IsSequential => !estimator.IsWhole;

        public override long MaximumCost(long index) => ((long)_orders * _walk.Cost) + ends.Cost;

        public override async Task<double[]> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            (double empty, double full) = await ends.AtAsync(draw, cancellationToken).ConfigureAwait(false);
            double[] sums = new double[context.PlayerCount];
            foreach (int[] order in estimator.NextOrders(_random.At(draw.Index), context.PlayerCount))
            {
                await _walk.AddAsync(draw, order, empty, full, sums, cancellationToken).ConfigureAwait(false);
            }

            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] /= _orders;
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

        public override Estimate Estimate() => _moments.ToEstimate() with { SampleRange = _walk.SampleRange };

        public override ReadOnlySpan<double> Contributions(double[] sample) => sample;
    }
}
