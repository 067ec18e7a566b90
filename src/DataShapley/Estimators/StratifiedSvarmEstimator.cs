using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Stratified SVARM (Kolpaczki et al., AAAI 2024): the Shapley value from means by size, φ_i = 1/n Σ_s (E[v(S) | |S| = s + 1, i ∈ S] − E[v(S) | |S| = s, i ∉ S]). Each evaluation serves every player.</summary>
/// <remarks>
/// One evaluation a draw, sizes as often as ∝ 1 / min(s, n − s), evenly over the draws. Sizes 0, 1, n − 1 and n are evaluated first, all of them (2n + 2 evaluations), where
/// <see cref="HasExactBorders"/> says so and the utility is deterministic. Standard errors are Welch's over the strata: +∞ until each has two samples. A stratum without samples is taken at the mean
/// of its size, which biases; with samples in each stratum the value is unbiased. It keeps players × sizes numbers: up to 4,096 players.
/// </remarks>
public sealed record StratifiedSvarmEstimator : SamplingEstimator<DrawnCoalitions>
{
    private const int MostPlayers = 4096;

    /// <summary>Gets whether all coalitions of 0, 1, n − 1 and n players are evaluated before the first draw. Noisy utilities are drawn at these sizes as at any other.</summary>
    /// <value>True by default.</value>
    public bool HasExactBorders { get; init; } = true;

    /// <inheritdoc />
    public override string Name => "stratified_svarm";

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

        Run run = new(players, HasExactBorders && context.Utility.IsDeterministic, context.Random(Name));
        await run.EvaluateBordersAsync(Name, context.Budget, before, cancellationToken).ConfigureAwait(false);
        return run;
    }

    private sealed class Run : Sampling<DrawnCoalitions>
    {
        private readonly MembershipMoments?[] _strata;
        private readonly bool[] _isExact;
        private readonly int _players;
        private readonly int _low;
        private readonly int _high;
        private readonly SizeSampler _sizes;
        private readonly RandomStreams _random;
        private readonly double _start;

        public Run(int players, bool hasExactBorders, RandomStreams random)
        {
            _players = players;
            _random = random;
            _start = random.At(-1).NextDouble();
            _strata = new MembershipMoments?[players + 1];
            _isExact = [.. Enumerable.Range(0, players + 1).Select(size => hasExactBorders && Math.Min(size, players - size) <= 1)];
            (_low, _high) = hasExactBorders ? (2, players - 2) : (0, players);
            _sizes = SizeSampler.Balanced(_low, Math.Max(_low, _high), players);
        }

        public override long? DrawCount => _low > _high ? 0 : null;

        public async Task EvaluateBordersAsync(string name, long? budget, Draw before, CancellationToken cancellationToken)
        {
            Coalition[] borders = [.. Borders()];
            if (borders.Length > budget)
            {
                throw new ValuationException(
                    ValuationError.BudgetTooSmall, $"A budget of {budget} evaluations does not pay for the {borders.Length} coalitions of 0, 1, n − 1 and n players that '{name}' begins with. Turn its exact borders off.");
            }

            double[] values = await before.EvaluateAsync(borders, cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < values.Length; i++)
            {
                Add(borders[i], values[i]);

                // Where one is left out, the mean of the others is none of all.
                _isExact[borders[i].Size] &= double.IsFinite(values[i]);
            }
        }

        public override long MaximumCost(long index) => 1;

        public override Task<DrawnCoalitions> DrawAsync(Draw draw, CancellationToken cancellationToken) => DrawnCoalitions.EvaluateAsync(
            draw, [_random.At(draw.Index).NextOfSize(_players, _sizes.OfDraw(draw.Index, _start))], ends: null, cancellationToken);

        public override void Commit(DrawnCoalitions sample) => Add(sample.Coalitions[0], sample.Values[0]);

        public override Estimate Estimate() => PlayerEstimates.Gather(_players, player =>
        {
            IndependentMeans value = default;
            for (int size = 0; size <= _players; size++)
            {
                if (size > 0)
                {
                    AddMean(ref value, 1.0 / _players, size, _strata[size]?.With(player));
                }

                if (size < _players)
                {
                    AddMean(ref value, -1.0 / _players, size, _strata[size]?.Without(player));
                }
            }

            return value;
        });

        // The mean of a size stands in with both signs, so that a size without draws drops out of the sum.
        private void AddMean(ref IndependentMeans value, double coefficient, int size, SampleMoments? samples)
        {
            if (samples is not { Count: > 0 } known)
            {
                value.AddGuess(coefficient * (_strata[size] is { All.Count: > 0 } stratum ? stratum.All.Mean : 0));
            }
            else if (_isExact[size])
            {
                value.Add(coefficient * known.Mean);
            }
            else
            {
                value.Add(coefficient, known);
            }
        }

        private void Add(Coalition coalition, double value) => (_strata[coalition.Size] ??= new MembershipMoments(_players)).Add(coalition, value);

        private IEnumerable<Coalition> Borders()
        {
            for (int size = 0; size <= _players; size++)
            {
                if (!_isExact[size])
                {
                    continue;
                }

                bool isSmall = size <= 1;
                int varied = isSmall ? size : _players - size;
                for (int i = 0; i < (varied == 0 ? 1 : _players); i++)
                {
                    Coalition few = varied == 0 ? Coalition.Empty(_players) : Coalition.Of(_players, i);
                    yield return isSmall ? few : few.Complement();
                }
            }
        }
    }
}
