using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Data utility learning with a correction: an additive surrogate v̂(S) = c + Σ_{i∈S} w_i is fitted by ridge regression to some coalitions; its Shapley values w are exact, and the Shapley value of the residual v − v̂ is estimated by SVARM's pairs on draws of their own and added. A control variate: unbiased however bad the surrogate.</summary>
/// <remarks>
/// The residual is estimated over whole coalitions, not over permutations: in a permutation an additive surrogate adds w_i at every place, so that it would cancel out of the correction and gain nothing.
/// The first draws are one evaluation each, for the fit, with sizes uniform in 0 … n; later ones two. Standard errors are Welch's over the correction. It solves a system as wide as the players: up to 4,096 of them.
/// </remarks>
public sealed record SurrogateEstimator : SamplingEstimator<DrawnCoalitions>
{
    private const int MostPlayers = 4096;
    private const int DrawsForEachCoefficient = 5;

    /// <summary>Gets how many coalitions the surrogate is fitted to.</summary>
    /// <value>Not negative; null by default: five for each coefficient, but no more than a third of the budget.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int? FitCoalitions
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            field = value;
        }
    }

    /// <summary>Gets the ridge penalty on the squares of the coefficients, for each coalition of the fit.</summary>
    /// <value>Above zero, finite; 0.001 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The penalty is not above zero and finite.</exception>
    public double Ridge
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A ridge penalty is above zero and finite.");
    } = 0.001;

    /// <inheritdoc />
    public override string Name => "surrogate";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue.Shapley;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Unbiased | EstimatorPromises.Linear | EstimatorPromises.Symmetric | EstimatorPromises.Intervals;

    /// <inheritdoc />
    public override Task<Sampling<DrawnCoalitions>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.PlayerCount > MostPlayers)
        {
            throw new ValuationException(
                ValuationError.TooManyPlayers, $"'{Name}' solves a system as wide as the players, and there are {context.PlayerCount}: it takes up to {MostPlayers}. 'svarm' takes any number.");
        }

        long fit = FitCoalitions ?? Math.Min(DrawsForEachCoefficient * (context.PlayerCount + 1L), (context.Budget ?? long.MaxValue) / 3);
        return Task.FromResult<Sampling<DrawnCoalitions>>(new Run(context.PlayerCount, fit, Ridge, context.Random(Name)));
    }

    private sealed class Run(int players, long fit, double ridge, RandomStreams random) : Sampling<DrawnCoalitions>
    {
        private readonly ShapleyPairs _pairs = new(players);
        private readonly LinearRegression _regression = new(players + 1);
        private readonly MembershipMoments _plus = new(players);
        private readonly MembershipMoments _minus = new(players);
        private double[]? _surrogate;
        private long _draws;

        public override long MaximumCost(long index) => index < fit ? 1 : 2;

        public override Task<DrawnCoalitions> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            RandomSequence numbers = random.At(draw.Index);
            return DrawnCoalitions.EvaluateAsync(
                draw, draw.Index < fit ? [numbers.NextOfSize(players, numbers.NextBelow(players + 1))] : _pairs.Next(numbers), ends: null, cancellationToken);
        }

        public override void Commit(DrawnCoalitions sample)
        {
            if (_draws++ < fit)
            {
                AddToFit(sample.Coalitions[0], sample.Values[0]);
                return;
            }

            _surrogate ??= Fit();
            _plus.Add(sample.Coalitions[0], sample.Values[0] - Surrogate(sample.Coalitions[0]));
            _minus.Add(sample.Coalitions[1], sample.Values[1] - Surrogate(sample.Coalitions[1]));
        }

        public override Estimate Estimate()
        {
            double[] surrogate = _surrogate ?? Fit();
            return PlayerEstimates.Gather(players, player =>
            {
                IndependentMeans value = default;
                value.Add(surrogate[player]);
                AddMean(ref value, 1, _plus.With(player));
                AddMean(ref value, -1, _minus.Without(player));
                return value;
            });
        }

        // Without samples of the residual the surrogate is all there is.
        private static void AddMean(ref IndependentMeans value, double coefficient, in SampleMoments samples)
        {
            if (samples.Count == 0)
            {
                value.AddGuess(0);
            }
            else
            {
                value.Add(coefficient, samples);
            }
        }

        private void AddToFit(Coalition coalition, double value)
        {
            if (!double.IsNaN(value))
            {
                _regression.Add(Row(coalition), value, 1, _draws);
            }
        }

        private double[] Fit()
        {
            double[] none = new double[players + 1];
            if (_regression.Count == 0)
            {
                return none;
            }

            double[] gram = new double[(players + 1) * (players + 1)];
            double[] products = new double[players + 1];
            for (int i = 0; i <= players; i++)
            {
                products[i] = _regression.Product(i);
                for (int j = 0; j <= i; j++)
                {
                    gram[(i * (players + 1)) + j] = _regression.Gram(i, j) + (i == j && i < players ? ridge * _regression.Count : 0);
                }
            }

            return CholeskyFactor.TryCreate(gram, players + 1)?.Solve(products) ?? none;
        }

        // In or out is ±½, so that the ridge draws towards the middle and not towards nobody.
        private double[] Row(Coalition coalition)
        {
            double[] row = new double[players + 1];
            row[players] = 1;
            for (int player = 0; player < players; player++)
            {
                row[player] = coalition.Contains(player) ? 0.5 : -0.5;
            }

            return row;
        }

        private double Surrogate(Coalition coalition)
        {
            double sum = _surrogate![players];
            for (int player = 0; player < players; player++)
            {
                sum += coalition.Contains(player) ? 0.5 * _surrogate[player] : -0.5 * _surrogate[player];
            }

            return sum;
        }
    }
}
