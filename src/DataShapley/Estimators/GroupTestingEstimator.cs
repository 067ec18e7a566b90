using DataShapley.Games;
using DataShapley.Statistics;
using MathNet.Numerics;

namespace DataShapley.Estimators;

/// <summary>Group testing (Jia et al., AISTATS 2019): coalitions with sizes ∝ 1/s + 1/(n − s) give every difference of two Shapley values at once, φ_i − φ_j = Z · E[v(S) (1_i − 1_j)] with Z = 2 H_{n−1}.</summary>
/// <remarks>
/// The paper looks for values with these differences by a linear program. The differences are consistent by themselves, so that a formula solves it with no residual:
/// φ_i = Z · E[v(S) (1_i − |S|/n)] + (v(N) − v(∅)) / n. One evaluation a draw and two for nobody and everybody. Unbiased, efficient, with standard errors of the mean over the draws. Two players or more.
/// </remarks>
public sealed record GroupTestingEstimator : SamplingEstimator<double[]>
{
    /// <summary>Gets whether values are counted from the middle of v(∅) and v(N): the same expectation with less noise, and a constant in the utility changes nothing. The paper counts from 0.</summary>
    /// <value>True by default.</value>
    public bool IsCentered { get; init; } = true;

    /// <inheritdoc />
    public override string Name => "group_testing";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue.Shapley;

    /// <inheritdoc />
    public override EstimatorPromises Promises =>
        EstimatorPromises.Unbiased | EstimatorPromises.Efficient | EstimatorPromises.Linear | EstimatorPromises.Symmetric | EstimatorPromises.Intervals;

    /// <summary>Computes how many draws are enough for every difference of two values, and so the ℓ2 error of all, in the sense of the paper's theorem.</summary>
    /// <param name="players">The number of players, 2 or more.</param>
    /// <param name="error">The error ε, above zero.</param>
    /// <param name="confidence">The chance 1 − δ that it holds, in (0, 1).</param>
    /// <param name="range">The width of the utility's range, above zero.</param>
    /// <returns>T ≥ ln(n(n−1)/δ) / ((1 − q) · h(ε / (2 Z r √n (1 − q)))) with h(u) = (1+u) ln(1+u) − u.</returns>
    public static double SampleBound(int players, double error, double confidence = 0.95, double range = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(players, 2);
        if (!(error > 0 && confidence is > 0 and < 1 && range > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(error), $"A bound takes an error and a range above zero and a confidence in (0, 1), not {error}, {range} and {confidence}.");
        }

        double n = players;
        double scale = 2 * SpecialFunctions.Harmonic(players - 1);
        double agree = (n - 2) / n * Chance(1);
        for (int size = 2; size < players; size++)
        {
            agree += Chance(size) * (1 + (2.0 * size * (size - n) / (n * (n - 1))));
        }

        double differ = 1 - agree;
        double u = error / (2 * scale * range * Math.Sqrt(n) * differ);

        // ln(1+u) by its series where u is small: the difference of the two terms would have no digits left.
        double gain = u < 1e-4 ? u * u * (0.5 - (u / 6) + (u * u / 12)) : ((1 + u) * Math.Log(1 + u)) - u;
        return Math.Ceiling(Math.Log(n * (n - 1) / (1 - confidence)) / (differ * gain));

        double Chance(int size) => ((1.0 / size) + (1 / (n - size))) / scale;
    }

    /// <inheritdoc />
    public override async Task<Sampling<double[]>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.PlayerCount < 2)
        {
            throw new ValuationException(ValuationError.TooFewPlayers, $"'{Name}' estimates differences of values: that takes two players or more.");
        }

        Ends ends = await Ends.BeginAsync(context, before, cancellationToken).ConfigureAwait(false);
        return new Run(context.PlayerCount, IsCentered, ends, context.Random(Name));
    }

    /// <summary>Computes Z = 2 · H_{n−1}, what the weights of all sizes sum to.</summary>
    internal static double Scale(int players) => 2 * SpecialFunctions.Harmonic(players - 1);

    /// <summary>Computes the weight of a size, 1/s + 1/(n−s); its chance is that over Z.</summary>
    internal static double WeightOf(int players, int size) => (1.0 / size) + (1.0 / (players - size));

    private sealed class Run(int players, bool isCentered, Ends ends, RandomStreams random) : Sampling<double[]>
    {
        private readonly PlayerMoments _moments = new(players);
        private readonly SizeSampler _sizes = new(1, players - 1, size => WeightOf(players, size));
        private readonly double _scale = Scale(players);

        public override long MaximumCost(long index) => 1 + ends.Cost;

        public override async Task<double[]> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            RandomSequence numbers = random.At(draw.Index);
            Coalition coalition = numbers.NextOfSize(players, _sizes.At(numbers.NextDouble()));
            DrawnCoalitions drawn = await DrawnCoalitions.EvaluateAsync(draw, [coalition], ends, cancellationToken).ConfigureAwait(false);
            double scaled = _scale * (drawn.Values[0] - (isCentered ? (drawn.Empty + drawn.Full) / 2 : 0));
            double without = ((drawn.Full - drawn.Empty) / players) - (scaled * coalition.Size / players);
            double[] sample = new double[players];
            for (int player = 0; player < players; player++)
            {
                sample[player] = coalition.Contains(player) ? scaled + without : without;
            }

            return sample;
        }

        public override void Commit(double[] sample)
        {
            for (int player = 0; player < players; player++)
            {
                _moments.Add(player, sample[player]);
            }
        }

        public override Estimate Estimate() => _moments.ToEstimate();

        public override ReadOnlySpan<double> Contributions(double[] sample) => sample;
    }
}
