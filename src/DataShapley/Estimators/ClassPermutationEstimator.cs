using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>The Shapley values of some players among themselves, in the mean over random subsets of the others. Values are in the order of the members.</summary>
internal sealed record ClassPermutationEstimator(int Label, IReadOnlyList<int> Members) : SamplingEstimator<double[]>
{
    public override string Name => $"class_wise_shapley {Label}";

    public override Semivalue? Target => null;

    public override EstimatorPromises Promises => EstimatorPromises.Unbiased | EstimatorPromises.Linear | EstimatorPromises.Intervals;

    public override Task<Sampling<double[]>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken) =>
        Task.FromResult<Sampling<double[]>>(new Run(context.PlayerCount, [.. Members], context.Random(Name)));

    private sealed class Run(int players, int[] members, RandomStreams random) : Sampling<double[]>
    {
        private readonly PlayerMoments _moments = new(members.Length);

        public override int? ValueCount => members.Length;

        public override long MaximumCost(long index) => members.Length + 1;

        public override async Task<double[]> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            RandomSequence numbers = random.At(draw.Index);
            Coalition coalition = numbers.NextBernoulli(players, 0.5);
            foreach (int member in members)
            {
                coalition = coalition.Without(member);
            }

            int[] order = numbers.NextPermutation(members.Length);
            Coalition[] coalitions = new Coalition[order.Length + 1];
            coalitions[0] = coalition;
            for (int i = 0; i < order.Length; i++)
            {
                coalitions[i + 1] = coalition = coalition.With(members[order[i]]);
            }

            double[] values = await draw.EvaluateAsync(coalitions, cancellationToken).ConfigureAwait(false);
            double[] sample = new double[members.Length];
            for (int i = 0; i < order.Length; i++)
            {
                sample[order[i]] = values[i + 1] - values[i];
            }

            return sample;
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
