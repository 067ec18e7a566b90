using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Evaluates every coalition: exact, for any semivalue, up to 25 players (2ⁿ evaluations).</summary>
public sealed record ExactEstimator : SamplingEstimator<double[]>
{
    private const int MostPlayers = 25;
    private const int MaskBits = 10;

    /// <summary>Gets the semivalue.</summary>
    /// <value>The Shapley value by default.</value>
    public Semivalue Semivalue { get; init; } = Games.Semivalue.Shapley;

    /// <inheritdoc />
    public override string Name => "exact";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue;

    /// <inheritdoc />
    public override EstimatorPromises Promises =>
        EstimatorPromises.Exact | EstimatorPromises.Unbiased | EstimatorPromises.NullPlayer | EstimatorPromises.Linear | EstimatorPromises.Symmetric | EstimatorPromises.Intervals
        | (Semivalue.IsEfficient ? EstimatorPromises.Efficient : EstimatorPromises.None);

    /// <inheritdoc />
    public override Task<Sampling<double[]>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.PlayerCount > MostPlayers
            ? throw new ValuationException(
                ValuationError.TooManyPlayers, $"Every coalition of {context.PlayerCount} players is 2^{context.PlayerCount} evaluations; '{Name}' takes up to {MostPlayers} players. Sample, as 'permutation' does.")
            : Task.FromResult<Sampling<double[]>>(new Run(Semivalue, context.PlayerCount, context.Utility.IsDeterministic));
    }

    private sealed class Run : Sampling<double[]>
    {
        private readonly double[] _sums;
        private readonly double[] _weights;
        private readonly int _players;
        private readonly int _perDraw;
        private readonly bool _isDeterministic;
        private long _next;

        public Run(Semivalue semivalue, int players, bool isDeterministic)
        {
            _isDeterministic = isDeterministic;
            _players = players;
            _perDraw = 1 << Math.Min(players, MaskBits);
            _sums = new double[players];
            _weights = [.. Enumerable.Range(0, players).Select(size => Math.Exp(semivalue.LogWeight(players, size)))];
        }

        public override long? DrawCount => (1L << _players) / _perDraw;

        public override bool IsAllOrNothing => true;

        public override long MaximumCost(long index) => _perDraw;

        public override Task<double[]> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            Coalition[] coalitions = new Coalition[_perDraw];
            for (int i = 0; i < coalitions.Length; i++)
            {
                coalitions[i] = Coalition.FromWords(_players, [(ulong)((draw.Index * _perDraw) + i)]);
            }

            return draw.EvaluateAsync(coalitions, cancellationToken);
        }

        // A coalition of size s stands with weight w(s−1) in the values of its members, and with −w(s) in those of the others.
        public override void Commit(double[] sample)
        {
            foreach (double value in sample)
            {
                ulong mask = (ulong)_next++;
                int size = System.Numerics.BitOperations.PopCount(mask);
                if (double.IsNaN(value))
                {
                    throw new ValuationException(ValuationError.NothingLeft, "Exact values need every coalition, and an evaluation failed and was left out. Let failures throw or put a value in their place.");
                }

                for (int player = 0; player < _players; player++)
                {
                    _sums[player] += (mask >> player & 1) != 0 ? _weights[size - 1] * value : -_weights[size == _players ? 0 : size] * value;
                }
            }
        }

        // Of a noisy utility each coalition was seen once: the noise is in the values, and nothing says how much.
        public override Estimate Estimate()
        {
            Estimate exact = Statistics.Estimate.Exact([.. _sums], _next);
            return _isDeterministic ? exact : new Estimate(exact.Values, [.. _sums.Select(_ => double.NaN)], exact.Counts);
        }
    }
}
