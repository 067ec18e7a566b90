using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Data-OOB (Kwon and Zou, ICML 2023): φ̂_i is the mean score that models give player i, over models trained on bags of n players, drawn with replacement, that lack i.</summary>
/// <remarks>
/// Estimates the expected out-of-bag score of each player (how well the others predict it), which is no semivalue of the utility. It needs an <see cref="IBaggedUtility"/>; one evaluation, which is one training, a draw.
/// About 37 % of the bags lack a given player. Unbiased for what it estimates, with standard errors of the mean over the bags. A player who was in every bag has the value NaN; the fact
/// <c>never_out_of_bag</c> counts them. Nothing is journalled.
/// </remarks>
public sealed record DataOutOfBagEstimator : SamplingEstimator<double[]>
{
    /// <inheritdoc />
    public override string Name => "data_oob";

    /// <inheritdoc />
    public override Semivalue? Target => null;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Unbiased | EstimatorPromises.Symmetric | EstimatorPromises.Intervals;

    /// <inheritdoc />
    public override Task<Sampling<double[]>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Utility is not IBaggedUtility utility)
        {
            throw new ValuationException(
                ValuationError.UnsuitableUtility, $"'{Name}' trains on bags and scores those outside: it needs an {nameof(IBaggedUtility)}, and the utility '{context.Utility.Id}' is none.");
        }

        return context.PlayerCount >= 2
            ? Task.FromResult<Sampling<double[]>>(new Run(utility, context.Random(Name)))
            : throw new ValuationException(ValuationError.TooFewPlayers, $"A bag of one player leaves nobody outside: '{Name}' takes two players or more.");
    }

    private sealed class Run(IBaggedUtility utility, RandomStreams random) : Sampling<double[]>
    {
        private readonly PlayerMoments _scores = new(utility.PlayerCount);

        public override long MaximumCost(long index) => 1;

        public override Task<double[]> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            RandomSequence numbers = random.At(draw.Index);
            int[] bag = new int[utility.PlayerCount];
            for (int i = 0; i < bag.Length; i++)
            {
                bag[i] = numbers.NextBelow(bag.Length);
            }

            Array.Sort(bag);
            return draw.ScoreAsync(utility, bag, cancellationToken);
        }

        public override void Commit(double[] sample)
        {
            for (int player = 0; player < sample.Length; player++)
            {
                _scores.Add(player, sample[player]);
            }
        }

        public override Estimate Estimate()
        {
            Estimate estimate = _scores.ToEstimate();
            return estimate with
            {
                Values = [.. estimate.Values.Select((value, player) => estimate.Counts[player] == 0 ? double.NaN : value)],
                Facts = new SortedDictionary<string, double>(StringComparer.Ordinal) { ["never_out_of_bag"] = estimate.Counts.Count(count => count == 0) },
            };
        }

        public override ReadOnlySpan<double> Contributions(double[] sample) => sample;
    }
}
