using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Tests.Estimators;

/// <summary>The plainest sampling there is: each draw is the marginal of every player at the end of an order of his own.</summary>
internal sealed record MarginalOfOne : SamplingEstimator<double[]>
{
    public override string Name => "marginal_of_one";

    public override Semivalue? Target => Semivalue.Shapley;

    public override EstimatorPromises Promises => EstimatorPromises.Unbiased | EstimatorPromises.Intervals;

    public override Task<Sampling<double[]>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken) => Task.FromResult<Sampling<double[]>>(new Run(context));

    private sealed class Run(EstimationContext context) : Sampling<double[]>
    {
        private readonly PlayerMoments _moments = new(context.PlayerCount);

        public override long MaximumCost(long index) => 2L * context.PlayerCount;

        public override async Task<double[]> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            RandomSequence random = context.Random("marginal_of_one").At(draw.Index);
            Coalition[] coalitions = new Coalition[2 * context.PlayerCount];
            for (int player = 0; player < context.PlayerCount; player++)
            {
                int[] order = random.NextPermutation(context.PlayerCount);
                coalitions[2 * player] = Coalition.Of(context.PlayerCount, order.AsSpan(0, Array.IndexOf(order, player)));
                coalitions[(2 * player) + 1] = coalitions[2 * player].With(player);
            }

            double[] values = await draw.EvaluateAsync(coalitions, cancellationToken);
            return [.. Enumerable.Range(0, context.PlayerCount).Select(player => values[(2 * player) + 1] - values[2 * player])];
        }

        public override void Commit(double[] sample)
        {
            for (int player = 0; player < sample.Length; player++)
            {
                _moments.Add(player, sample[player]);
            }
        }

        public override Estimate Estimate() => _moments.ToEstimate();

        public override ReadOnlySpan<double> Contributions(double[] sample) => sample;
    }
}
