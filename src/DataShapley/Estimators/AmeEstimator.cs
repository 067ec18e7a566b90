using System.Globalization;
using System.Text;
using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>The average marginal effect (Lin et al., ICML 2022): coalitions that each player joins with one of some probabilities p; v(S) is regressed on 1/p for those in and −1/(1 − p) for those out, and φ̂_i is the coefficient times the mean of 1/(p(1 − p)).</summary>
/// <remarks>
/// One evaluation a draw; the probabilities take turns. Without a penalty it is least squares: consistent for <see cref="AverageMarginalEffectValue"/>, with a bias of the order of one over the number of
/// draws and the regression's sandwich errors, once there are more draws than players; before that all values are 0 with infinite errors. With a penalty (lasso) a few players of worth stand out
/// after O(k log n) draws, values are drawn towards 0 and have no errors. It keeps players² and draws × players numbers: up to 4,096 players.
/// </remarks>
public sealed record AmeEstimator : SamplingEstimator<DrawnCoalitions>
{
    private const int MostPlayers = 4096;

    /// <summary>Gets the probabilities of taking part, each as likely.</summary>
    /// <value>One or more in (0, 1); 0.2, 0.4, 0.6 and 0.8 by default.</value>
    /// <exception cref="ArgumentException">There is none, or one lies outside.</exception>
    public IReadOnlyList<double> Probabilities
    {
        get => Value.Probabilities;
        init => Value = new AverageMarginalEffectValue { Probabilities = value };
    }

    /// <summary>Gets the penalty λ of the lasso, which minimises Σ(y − xᵀβ)² / (2 draws) + λ Σ|β|; null chooses it by the noise.</summary>
    /// <value>Not negative, finite; 0 by default: least squares.</value>
    /// <exception cref="ArgumentOutOfRangeException">The penalty is negative or not finite.</exception>
    public double? Penalty
    {
        get;
        init => field = value is null or (>= 0 and < double.PositiveInfinity) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The penalty of a lasso is finite and not negative.");
    } = 0;

    /// <inheritdoc />
    public override string Name => "ame";

    /// <inheritdoc />
    public override Semivalue? Target => Value;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Symmetric | (Penalty == 0 ? EstimatorPromises.Linear | EstimatorPromises.Intervals : EstimatorPromises.None);

    private AverageMarginalEffectValue Value { get; init; } = new();

    /// <inheritdoc />
    public override Task<Sampling<DrawnCoalitions>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.PlayerCount <= MostPlayers
            ? Task.FromResult<Sampling<DrawnCoalitions>>(new Run(context.PlayerCount, Probabilities, Penalty, context.Random(Name)))
            : throw new ValuationException(
                ValuationError.TooManyPlayers, $"'{Name}' solves a system as wide as the players, and there are {context.PlayerCount}: it takes up to {MostPlayers}. 'banzhaf_msr' takes any number.");
    }

    /// <inheritdoc />
    protected override bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append(CultureInfo.InvariantCulture, $"Value = {Value.Name}, Penalty = {Penalty}");
        return true;
    }

    private sealed class Run(int players, IReadOnlyList<double> probabilities, double? penalty, RandomStreams random) : Sampling<DrawnCoalitions>
    {
        private readonly LinearRegression _regression = new(players + 1);
        private readonly double _scale = probabilities.Average(p => 1 / (p * (1 - p)));
        private long _draws;

        public override long MaximumCost(long index) => 1;

        public override Task<DrawnCoalitions> DrawAsync(Draw draw, CancellationToken cancellationToken) =>
            DrawnCoalitions.EvaluateAsync(draw, [random.At(draw.Index).NextBernoulli(players, Probability(draw.Index))], ends: null, cancellationToken);

        public override void Commit(DrawnCoalitions sample)
        {
            double probability = Probability(_draws++);
            if (double.IsNaN(sample.Values[0]))
            {
                return;
            }

            double[] row = new double[players + 1];
            row[players] = 1;
            for (int player = 0; player < players; player++)
            {
                row[player] = sample.Coalitions[0].Contains(player) ? 1 / probability : -1 / (1 - probability);
            }

            _regression.Add(row, sample.Values[0], 1, _draws);
        }

        public override Estimate Estimate()
        {
            double[] values = new double[players];
            double[] errors = new double[players];
            double[] degrees = new double[players];
            long[] counts = new long[players];
            Array.Fill(counts, _regression.Count);
            Array.Fill(errors, penalty == 0 ? double.PositiveInfinity : double.NaN);
            if (penalty != 0 && _regression.Count > 0)
            {
                values = [.. LassoRegression.Solve(_regression, players, penalty).Select(coefficient => _scale * coefficient)];
            }
            else if (penalty == 0 && _regression.TrySolve() is { } coefficients)
            {
                double[] variances = _regression.Variances(coefficients, players + 1, out double degreesOfFreedom);
                for (int player = 0; player < players; player++)
                {
                    values[player] = _scale * coefficients[player];
                    errors[player] = _scale * Math.Sqrt(variances[player]);
                    degrees[player] = degreesOfFreedom;
                }
            }

            return new Estimate(values, errors, counts) { DegreesOfFreedom = degrees };
        }

        private double Probability(long draw) => probabilities[(int)(draw % probabilities.Count)];
    }
}
