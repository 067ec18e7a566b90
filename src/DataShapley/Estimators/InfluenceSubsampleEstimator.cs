using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>Subsampled influence (Feldman and Zhang, NeurIPS 2020): coalitions of a fixed share of the players; φ̂_i is the mean value of those with i less the mean of those without.</summary>
/// <remarks>
/// Estimates E[v(S) | i ∈ S] − E[v(S) | i ∉ S] at one size. That is no semivalue: the values sum to 0, and a player who changes nothing gets minus what a
/// mean other player is worth, as another one sits in the place. It ranks; <see cref="FixedSizeMsrEstimator"/> measures at the same cost. One evaluation a draw; unbiased for what it
/// estimates, with Welch's standard errors. Two players or more.
/// </remarks>
public sealed record InfluenceSubsampleEstimator : SamplingEstimator<DrawnCoalitions>
{
    /// <summary>Gets the share of the players in each coalition. The size is rounded, and at least one player is in and one out.</summary>
    /// <value>In (0, 1); 0.7 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The share lies outside.</exception>
    public double Share
    {
        get;
        init => field = value is > 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The share of the players in a coalition lies in (0, 1).");
    } = 0.7;

    /// <inheritdoc />
    public override string Name => "influence_subsample";

    /// <inheritdoc />
    public override Semivalue? Target => null;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Unbiased | EstimatorPromises.Linear | EstimatorPromises.Symmetric | EstimatorPromises.Intervals;

    /// <inheritdoc />
    public override Task<Sampling<DrawnCoalitions>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        int players = context.PlayerCount;
        return players >= 2
            ? Task.FromResult<Sampling<DrawnCoalitions>>(new Run(players, Math.Clamp((int)Math.Round(Share * players), 1, players - 1), context.Random(Name)))
            : throw new ValuationException(ValuationError.TooFewPlayers, $"'{Name}' compares coalitions with and without a player at one size: that takes two players or more.");
    }

    private sealed class Run(int players, int size, RandomStreams random) : Sampling<DrawnCoalitions>
    {
        private readonly MembershipMoments _moments = new(players);

        public override long MaximumCost(long index) => 1;

        public override Task<DrawnCoalitions> DrawAsync(Draw draw, CancellationToken cancellationToken) =>
            DrawnCoalitions.EvaluateAsync(draw, [random.At(draw.Index).NextOfSize(players, size)], ends: null, cancellationToken);

        public override void Commit(DrawnCoalitions sample) => _moments.Add(sample.Coalitions[0], sample.Values[0]);

        public override Estimate Estimate() => PlayerEstimates.Gather(players, player =>
        {
            IndependentMeans value = default;
            value.Add(1, _moments.With(player));
            value.Add(-1, _moments.Without(player));
            return value;
        });
    }
}
