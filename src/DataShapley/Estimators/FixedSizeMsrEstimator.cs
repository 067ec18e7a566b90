using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Maximum sample reuse at a fixed size s: φ̂_i is the mean value of coalitions of s + 1 players with i less the mean of coalitions of s players without i, which is the semivalue of that size (<see cref="SizeValue"/>), neither Shapley's nor Banzhaf's.</summary>
/// <remarks>
/// One evaluation a draw: even draws have s + 1 players, odd ones s. The fixed sizes keep out the noise that the random size brings into <see cref="BanzhafMsrEstimator"/>.
/// In less out at one and the same size, as <see cref="InfluenceSubsampleEstimator"/> has it, ranks as well but is no semivalue: its values sum to 0 and a player who
/// changes nothing gets less than 0. Here the second size makes up for that at no cost. Unbiased, with Welch's standard errors.
/// </remarks>
public sealed record FixedSizeMsrEstimator : SamplingEstimator<DrawnCoalitions>
{
    /// <summary>Gets the size of the coalitions that a player joins.</summary>
    /// <value>From 0 to n − 1; null by default: ⌊(n − 1) / 2⌋.</value>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative.</exception>
    public int? Size
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            field = value;
        }
    }

    /// <inheritdoc />
    public override string Name => "fixed_size_msr";

    /// <inheritdoc />
    public override Semivalue? Target => new SizeValue { Size = Size };

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Unbiased | EstimatorPromises.Linear | EstimatorPromises.Symmetric | EstimatorPromises.Intervals;

    /// <inheritdoc />
    public override Task<Sampling<DrawnCoalitions>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        int size = new SizeValue { Size = Size }.SizeOf(context.PlayerCount);
        return size < context.PlayerCount
            ? Task.FromResult<Sampling<DrawnCoalitions>>(new Run(context.PlayerCount, size, context.Random(Name)))
            : throw new ValuationException(
                ValuationError.TooFewPlayers, $"'{Name}' lets a player join {size} others, and there are {context.PlayerCount} players in all. Ask for a size up to {context.PlayerCount - 1}.");
    }

    private sealed class Run(int players, int size, RandomStreams random) : Sampling<DrawnCoalitions>
    {
        private readonly MembershipMoments _larger = new(players);
        private readonly MembershipMoments _smaller = new(players);

        public override long MaximumCost(long index) => 1;

        public override Task<DrawnCoalitions> DrawAsync(Draw draw, CancellationToken cancellationToken)
        {
            int drawn = long.IsEvenInteger(draw.Index) ? size + 1 : size;
            return DrawnCoalitions.EvaluateAsync(draw, [random.At(draw.Index).NextOfSize(players, drawn)], ends: null, cancellationToken);
        }

        public override void Commit(DrawnCoalitions sample) =>
            (sample.Coalitions[0].Size > size ? _larger : _smaller).Add(sample.Coalitions[0], sample.Values[0]);

        public override Estimate Estimate() => PlayerEstimates.Gather(players, player =>
        {
            IndependentMeans value = default;
            value.Add(1, _larger.With(player));
            value.Add(-1, _smaller.Without(player));
            return value;
        });
    }
}
