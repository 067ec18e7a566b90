using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Maximum sample reuse for the Banzhaf value (Wang and Jia, AISTATS 2023): coalitions that each player joins with probability p; φ̂_i is the mean value of those with i less the mean of those without. Each evaluation serves every player.</summary>
/// <remarks>One evaluation a draw. The means are divided by their own counts, so that a constant in the utility changes nothing. Unbiased, with Welch's standard errors; a player who is in all or none of the coalitions has the value 0 and an infinite standard error.</remarks>
public sealed record BanzhafMsrEstimator : SamplingEstimator<DrawnCoalitions>
{
    /// <summary>Gets the probability that a player takes part: of the weighted Banzhaf value where it is not ½.</summary>
    /// <value>In (0, 1); ½ by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The probability lies outside.</exception>
    public double Probability
    {
        get;
        init => field = value is > 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The probability of taking part lies in (0, 1).");
    } = 0.5;

    /// <summary>Gets whether the value's regression on the size is taken out first: where most players are worth about the same, the random size of the coalitions is most of the noise.</summary>
    /// <value>False by default. With it the bias is of the order of one over the number of draws.</value>
    public bool AdjustsSize { get; init; }

    /// <inheritdoc />
    public override string Name => "banzhaf_msr";

    /// <inheritdoc />
    public override Semivalue? Target => new BanzhafValue { Probability = Probability };

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Linear | EstimatorPromises.Symmetric | EstimatorPromises.Intervals
        | (AdjustsSize ? EstimatorPromises.None : EstimatorPromises.Unbiased);

    /// <inheritdoc />
    public override Task<Sampling<DrawnCoalitions>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        RandomStreams random = context.Random(Name);
        return Task.FromResult<Sampling<DrawnCoalitions>>(AdjustsSize
            ? new AdjustedRun(context.PlayerCount, Probability, random)
            : new PlainRun(context.PlayerCount, Probability, random));
    }

    private abstract class Run(int players, double probability, RandomStreams random) : Sampling<DrawnCoalitions>
    {
        protected int Players { get; } = players;

        public override long MaximumCost(long index) => 1;

        public override Task<DrawnCoalitions> DrawAsync(Draw draw, CancellationToken cancellationToken) =>
            DrawnCoalitions.EvaluateAsync(draw, [random.At(draw.Index).NextBernoulli(Players, probability)], ends: null, cancellationToken);
    }

    private sealed class PlainRun(int players, double probability, RandomStreams random) : Run(players, probability, random)
    {
        private readonly MembershipMoments _moments = new(players);

        public override void Commit(DrawnCoalitions sample) => _moments.Add(sample.Coalitions[0], sample.Values[0]);

        public override Estimate Estimate() => PlayerEstimates.Gather(Players, player =>
        {
            IndependentMeans value = default;
            value.Add(1, _moments.With(player));
            value.Add(-1, _moments.Without(player));
            return value;
        });
    }

    private sealed class AdjustedRun(int players, double probability, RandomStreams random) : Run(players, probability, random)
    {
        private readonly SizeAdjustedMoments _moments = new(players, players * probability);

        public override void Commit(DrawnCoalitions sample) => _moments.Add(sample.Coalitions[0], sample.Values[0]);

        // Coalitions with a player are larger by one than those without, in the mean: what the adjustment takes from the difference is put back.
        public override Estimate Estimate()
        {
            double slope = _moments.Slope;
            return PlayerEstimates.Gather(Players, player =>
            {
                IndependentMeans value = default;
                value.Add(1, _moments.With(player, slope));
                value.Add(-1, _moments.Without(player, slope));
                value.Add(slope);
                return value;
            });
        }
    }
}
