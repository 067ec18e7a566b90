using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Stratified sampling with Neyman's allocation: a pilot measures how much contributions vary at each size, over all players, and half of the samples are divided among sizes in proportion to that and to their weight.</summary>
/// <remarks>Two evaluations a sample. The pilot decides the allocation alone and does not count in the values, which would bias them; half of the samples go to all sizes equally, so that what a pilot missed is still found.</remarks>
public sealed record NeymanEstimator : SamplingEstimator<(int Player, int Size, double Contribution)>
{
    // Samples in a round for each size: as many by the deviations as for all. A pilot may miss what is rare; then its size
    // still has half of an equal share, at no more than twice the variance that Neyman's allocation has of known deviations.
    private const int EqualSamples = 2;

    /// <summary>Gets the semivalue.</summary>
    /// <value>The Shapley value by default.</value>
    public Semivalue Semivalue { get; init; } = Games.Semivalue.Shapley;

    /// <summary>Gets how many samples each player has at each size in the pilot.</summary>
    /// <value>1 or more; 1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int PilotSamples
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <inheritdoc />
    public override string Name => "neyman";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Unbiased | EstimatorPromises.Intervals | EstimatorPromises.NullPlayer | EstimatorPromises.Symmetric;

    /// <inheritdoc />
    public override Task<Sampling<(int Player, int Size, double Contribution)>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Task.FromResult<Sampling<(int Player, int Size, double Contribution)>>(new Run(this, context));
    }

    private sealed class Run : Sampling<(int Player, int Size, double Contribution)>
    {
        private readonly RandomStreams _random;
        private readonly PlayerMoments _pilot;
        private readonly StrataMoments _strata;
        private readonly double[] _weights;
        private readonly bool[] _isExact;
        private readonly int[] _sizes;
        private readonly int[] _uncertain;
        private readonly int _players;
        private readonly long _pilotDraws;
        private SizePlan _plan;
        private long _committed;

        public Run(NeymanEstimator estimator, EstimationContext context)
        {
            _players = context.PlayerCount;
            _random = context.Random(estimator.Name);
            _weights = SizeWeights.Of(estimator.Semivalue, _players);
            _isExact = StratifiedRun.ExactSizes(context);
            _sizes = [.. Enumerable.Range(0, _players).Where(size => _weights[size] > 0)];
            _uncertain = [.. _sizes.Where(size => !_isExact[size])];
            _pilotDraws = (long)_uncertain.Length * _players * estimator.PilotSamples;
            StratifiedRun.CheckBudget(context, estimator.Name, Marginal.Cost * (_pilotDraws + ((long)_sizes.Length * _players)));
            _pilot = new PlayerMoments(_players);
            _strata = new StrataMoments(_players, _sizes, _weights, _isExact);
            _plan = Plan();
        }

        // The plan never ends, unless nothing is uncertain: then there is no pilot either.
        public override long? DrawCount => (long?)_plan.Length * _players;

        public override long MaximumCost(long index) => Marginal.Cost;

        public override long MustFollow(long index) => index < _pilotDraws ? 0 : _pilotDraws;

        public override async Task<(int Player, int Size, double Contribution)> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            int player = (int)(draw.Index % _players);
            int size = draw.Index < _pilotDraws ? _uncertain[(draw.Index / _players) % _uncertain.Length] : _plan[(draw.Index - _pilotDraws) / _players];
            Coalition without = Marginal.NextWithout(_random.At(draw.Index), _players, player, size);
            return (player, size, await Marginal.OfAsync(draw, without, player, cancellationToken).ConfigureAwait(false));
        }

        public override void Commit((int Player, int Size, double Contribution) sample)
        {
            if (_committed++ >= _pilotDraws)
            {
                _strata.Add(sample.Player, sample.Size, sample.Contribution);
                return;
            }

            _pilot.Add(sample.Size, sample.Contribution);
            if (_committed == _pilotDraws)
            {
                _plan = Plan();
            }
        }

        public override Estimate Estimate() => _strata.ToEstimate();

        // Without deviations, before the pilot or where it has none, sizes share equally.
        private SizePlan Plan()
        {
            double[] spread = new double[_players];
            foreach (int size in _uncertain)
            {
                spread[size] = _weights[size] * (_pilot.Variance(size) is var variance && variance > 0 ? Math.Sqrt(variance) : 0);
            }

            double sum = spread.Sum();
            long free = (long)EqualSamples * _uncertain.Length;
            long[] counts = sum > 0 ? SizePlan.Divide([.. spread.Select(part => free * (part / sum))], free) : new long[_players];
            foreach (int size in _sizes)
            {
                counts[size] = _isExact[size] ? 1 : EqualSamples + counts[size];
            }

            return new SizePlan(counts, _isExact);
        }
    }
}
