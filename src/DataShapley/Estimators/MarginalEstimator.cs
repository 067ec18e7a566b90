using DataShapley.Estimators.Samplers;
using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Any sampler of coalitions for any semivalue, by importance weights: φ̂_i is the mean of (v(S ∪ i) − v(S)) · w(|S|) / p(S), S drawn without i with probability p(S).</summary>
/// <remarks>Two evaluations a coalition. Unbiased; the farther p is from w, the more it varies, and few samples of a large weight make intervals too narrow.</remarks>
public sealed record MarginalEstimator : SamplingEstimator<double[]>
{
    /// <summary>Gets the semivalue.</summary>
    /// <value>The Shapley value by default.</value>
    public Semivalue Semivalue { get; init; } = Games.Semivalue.Shapley;

    /// <summary>Gets what draws coalitions.</summary>
    /// <value><see cref="PermutationSampler"/> by default.</value>
    public CoalitionSampler Sampler { get; init; } = new PermutationSampler();

    /// <inheritdoc />
    public override string Name => "marginal";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue;

    /// <inheritdoc />
    public override EstimatorPromises Promises =>
        EstimatorPromises.Unbiased | EstimatorPromises.Intervals | EstimatorPromises.NullPlayer | EstimatorPromises.Linear | EstimatorPromises.Symmetric;

    /// <inheritdoc />
    public override Task<Sampling<double[]>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Task.FromResult<Sampling<double[]>>(new Run(this, context));
    }

    private double[] Weights(int players)
    {
        double[] probabilities = Sampler.LogProbabilities(players);
        double[] weights = new double[players];
        for (int size = 0; size < players; size++)
        {
            double weight = Semivalue.LogWeight(players, size);
            weights[size] = double.IsNegativeInfinity(weight) ? 0 : Math.Exp(weight - probabilities[size]);
            if (!double.IsFinite(weights[size]))
            {
                throw new ValuationException(
                    ValuationError.UnsuitableSettings,
                    $"The sampler '{Sampler.Name}' hardly ever or never draws coalitions of {size} of {players} players, which '{Semivalue.Name}' weighs. Take a sampler that draws every size, such as 'permutation'.");
            }
        }

        return weights;
    }

    private sealed class Run(MarginalEstimator estimator, EstimationContext context) : Sampling<double[]>
    {
        private readonly RandomStreams _random = context.Random($"{estimator.Name} {estimator.Sampler.Name}");
        private readonly double[] _weights = estimator.Weights(context.PlayerCount);
        private readonly PlayerMoments _moments = new(context.PlayerCount);

        public override long MaximumCost(long index) => (long)Marginal.Cost * estimator.Sampler.CoalitionsPerDraw * context.PlayerCount;

        public override async Task<double[]> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            RandomSequence random = _random.At(draw.Index);
            double[] sums = new double[context.PlayerCount];
            IEnumerable<(Coalition Without, int Player)> pairs = Enumerable.Range(0, context.PlayerCount)
                .SelectMany(player => estimator.Sampler.Next(random, context.PlayerCount, player).Select(coalition => (coalition, player)));
            await Marginal.OfAsync(
                draw,
                pairs,
                (without, player, contribution) =>
                    sums[player] += _weights[without.Size] == 0 ? 0 : _weights[without.Size] * contribution / estimator.Sampler.CoalitionsPerDraw,
                cancellationToken).ConfigureAwait(false);
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
    }
}
