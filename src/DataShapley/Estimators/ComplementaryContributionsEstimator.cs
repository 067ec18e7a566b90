using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Complementary contributions (Zhang et al., SIGMOD 2023): the Shapley value as φ_i = 1/n Σ_j E[v(S) − v(N∖S) | |S| = j, i ∈ S]. Each pair of evaluations serves every player.</summary>
/// <remarks>
/// Two evaluations a draw, sizes as often as ∝ 1 / min(j, n − j), evenly over the draws. The stratum of everybody is exact for a deterministic utility (two evaluations before the draws).
/// Standard errors are Welch's over the strata: +∞ until each has two samples. A stratum without samples is taken at the mean of its size, which biases; with samples in each stratum the
/// value is unbiased. It keeps players × sizes numbers: up to 4,096 players.
/// </remarks>
public sealed record ComplementaryContributionsEstimator : SamplingEstimator<DrawnCoalitions>
{
    private const int MostPlayers = 4096;

    /// <inheritdoc />
    public override string Name => "complementary_contributions";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue.Shapley;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Unbiased | EstimatorPromises.Linear | EstimatorPromises.Symmetric | EstimatorPromises.Intervals;

    /// <inheritdoc />
    public override async Task<Sampling<DrawnCoalitions>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(before);
        int players = context.PlayerCount;
        if (players > MostPlayers)
        {
            throw new ValuationException(
                ValuationError.TooManyPlayers, $"'{Name}' keeps a mean for each player and size, and there are {players} players: it takes up to {MostPlayers}. 'svarm' takes any number.");
        }

        double? whole = null;
        if (context.Utility.IsDeterministic)
        {
            double[] ends = await before.EvaluateAsync([Coalition.Full(players), Coalition.Empty(players)], cancellationToken).ConfigureAwait(false);
            whole = ends[0] - ends[1];
        }

        return new Run(players, whole, context.Random(Name));
    }

    private sealed class Run : Sampling<DrawnCoalitions>
    {
        private readonly MembershipMoments?[] _strata;
        private readonly int _players;
        private readonly double? _whole;
        private readonly int _high;
        private readonly SizeSampler _sizes;
        private readonly RandomStreams _random;
        private readonly double _start;

        public Run(int players, double? whole, RandomStreams random)
        {
            _players = players;
            _whole = whole;
            _random = random;
            _start = random.At(-1).NextDouble();
            _strata = new MembershipMoments?[players + 1];
            _high = whole is null ? players : players - 1;
            _sizes = SizeSampler.Balanced(1, Math.Max(1, _high), players);
        }

        public override long? DrawCount => _high == 0 ? 0 : null;

        public override long MaximumCost(long index) => 2;

        public override Task<DrawnCoalitions> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            Coalition coalition = _random.At(draw.Index).NextOfSize(_players, _sizes.OfDraw(draw.Index, _start));
            return DrawnCoalitions.EvaluateAsync(draw, [coalition, coalition.Complement()], ends: null, cancellationToken);
        }

        // A player is in one of the two: each pair gives each player one sample, so that the strata of a player are independent.
        public override void Commit(DrawnCoalitions sample)
        {
            double contribution = sample.Values[0] - sample.Values[1];
            Add(sample.Coalitions[0], contribution);
            Add(sample.Coalitions[1], -contribution);
        }

        public override Estimate Estimate() => PlayerEstimates.Gather(_players, player =>
        {
            IndependentMeans value = default;
            for (int size = 1; size <= _high; size++)
            {
                if (_strata[size]?.With(player) is { Count: > 0 } known)
                {
                    value.Add(1.0 / _players, known);
                }
                else
                {
                    value.AddGuess(_strata[size] is { All.Count: > 0 } stratum ? stratum.All.Mean / _players : 0);
                }
            }

            if (_whole is { } whole)
            {
                value.Add(whole / _players);
            }

            return value;
        });

        private void Add(Coalition coalition, double contribution) => (_strata[coalition.Size] ??= new MembershipMoments(_players)).Add(coalition, contribution);
    }
}
