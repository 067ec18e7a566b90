using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>KernelSHAP (Lundberg and Lee, NeurIPS 2017; paired, Covert and Lee, AISTATS 2021): the Shapley value as weighted least squares of v(S) − v(∅) on who takes part, with weights (n−1) / (C(n,s) s (n−s)) and Σφ = v(N) − v(∅).</summary>
/// <remarks>
/// Coalitions are drawn with chances in proportion to the weights, two evaluations a draw when paired. Where the budget pays for all 2ⁿ coalitions of a deterministic utility (n ≤ 20), it
/// evaluates each once and the values are exact. Otherwise they are efficient and consistent, with a bias of the order of one over the number of draws; standard errors are those of the
/// regression (sandwich, a pair as the unit). A budget below n + 2 evaluations is refused, and until the draws determine the values all are equal with infinite standard errors. It keeps players²
/// and draws × players numbers: up to 4,096 players; two players or more.
/// </remarks>
public sealed record KernelShapEstimator : SamplingEstimator<DrawnCoalitions>
{
    private const int MostPlayers = 4096;

    /// <summary>Gets whether each coalition comes with its complement.</summary>
    /// <value>True by default.</value>
    public bool IsPaired { get; init; } = true;

    /// <inheritdoc />
    public override string Name => "kernel_shap";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue.Shapley;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Efficient | EstimatorPromises.Linear | EstimatorPromises.Symmetric | EstimatorPromises.Intervals;

    /// <inheritdoc />
    public override async Task<Sampling<DrawnCoalitions>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        int players = context.PlayerCount;
        if (players < 2)
        {
            throw new ValuationException(ValuationError.TooFewPlayers, $"'{Name}' regresses on coalitions between nobody and everybody: that takes two players or more.");
        }

        if (players > MostPlayers)
        {
            throw new ValuationException(
                ValuationError.TooManyPlayers, $"'{Name}' solves a system as wide as the players, and there are {players}: it takes up to {MostPlayers}. 'svarm' takes any number.");
        }

        if (context.Budget < players + 2)
        {
            throw new ValuationException(
                ValuationError.BudgetTooSmall, $"A budget of {context.Budget} evaluations does not determine the values of {players} players: '{Name}' needs at least {players + 2}.");
        }

        Ends ends = await Ends.BeginAsync(context, before, cancellationToken).ConfigureAwait(false);
        return new Run(players, CoalitionPairs.AreAffordable(context), IsPaired, ends, context.Random(Name));
    }

    // The constraint is met by θ_i = φ_i − Δ/n on indicators less their mean |S|/n. Such rows say nothing of the sum of θ: one more row of ones with the target 0 sets it to 0.
    private sealed class Run : Sampling<DrawnCoalitions>
    {
        private readonly int _players;
        private readonly bool _hasAll;
        private readonly bool _isPaired;
        private readonly Ends _ends;
        private readonly RandomStreams _random;
        private readonly SizeSampler _sizes;
        private readonly LinearRegression _regression;
        private readonly PlayerMoments _whole = new(1);
        private long _draws;

        public Run(int players, bool hasAll, bool isPaired, Ends ends, RandomStreams random)
        {
            _players = players;
            _hasAll = hasAll;
            _isPaired = isPaired;
            _ends = ends;
            _random = random;
            _sizes = new SizeSampler(1, players - 1, size => 1.0 / ((double)size * (players - size)));
            _regression = new LinearRegression(players);
            double[] ones = new double[players];
            Array.Fill(ones, 1);
            _regression.AddPrior(ones, 1.0 / players);
        }

        public override long? DrawCount => _hasAll ? CoalitionPairs.Count(_players) : null;

        public override bool IsAllOrNothing => _hasAll;

        public override long MaximumCost(long index) => (_hasAll || _isPaired ? 2 : 1) + _ends.Cost;

        public override Task<DrawnCoalitions> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            if (_hasAll)
            {
                return DrawnCoalitions.EvaluateAsync(draw, CoalitionPairs.At(_players, draw.Index), _ends, cancellationToken);
            }

            RandomSequence random = _random.At(draw.Index);
            Coalition coalition = random.NextOfSize(_players, _sizes.At(random.NextDouble()));
            return DrawnCoalitions.EvaluateAsync(draw, _isPaired ? [coalition, coalition.Complement()] : [coalition], _ends, cancellationToken);
        }

        public override void Commit(DrawnCoalitions sample)
        {
            _draws++;
            double whole = sample.Full - sample.Empty;
            if (double.IsNaN(whole) || sample.Values.Any(double.IsNaN))
            {
                return;
            }

            _whole.Add(0, whole);
            for (int i = 0; i < sample.Values.Count; i++)
            {
                Coalition coalition = sample.Coalitions[i];
                double share = (double)coalition.Size / _players;
                double[] row = new double[_players];
                for (int player = 0; player < row.Length; player++)
                {
                    row[player] = (coalition.Contains(player) ? 1 : 0) - share;
                }

                _regression.Add(row, sample.Values[i] - sample.Empty - (share * whole), Weight(coalition.Size), _draws);
            }
        }

        public override Estimate Estimate()
        {
            double share = _whole.Means[0] / _players;
            double[] values = new double[_players];
            double[] errors = new double[_players];
            double[] degrees = new double[_players];
            long[] counts = new long[_players];
            Array.Fill(values, share);
            Array.Fill(errors, double.PositiveInfinity);
            Array.Fill(counts, _regression.Count);
            if (_regression.TrySolve() is not { } differences)
            {
                return new Estimate(values, errors, counts);
            }

            double[] variances = _regression.Variances(differences, _players - 1, out double degreesOfFreedom);
            double ofShare = _whole.Counts[0] < 2 ? 0 : _whole.Variance(0) / _whole.Counts[0] / ((double)_players * _players);
            for (int player = 0; player < _players; player++)
            {
                values[player] += differences[player];
                errors[player] = Math.Sqrt(variances[player] + ofShare);
                degrees[player] = degreesOfFreedom;
            }

            return _hasAll && _regression.Count == 2 * CoalitionPairs.Count(_players)
                ? Statistics.Estimate.Exact(values, _regression.Count)
                : new Estimate(values, errors, counts) { DegreesOfFreedom = degrees };
        }

        // Coalitions that are drawn by their weight weigh the same; all of them, each once, weigh what they should.
        private double Weight(int size) => _hasAll ? WeightOf(_players, size) : 1;
    }

    /// <summary>Computes the weight of one coalition of a size: (n−1) / (C(n,s) · s · (n−s)).</summary>
    internal static double WeightOf(int players, int size) => (players - 1) / (Math.Exp(Semivalue.LogCount(players + 1, size)) * size * (players - size));
}
