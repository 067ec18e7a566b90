using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>SVARM (Kolpaczki et al., AAAI 2024): the Shapley value as a difference of two means, φ_i = E[v(A⁺) | i ∈ A⁺] − E[v(A⁻) | i ∉ A⁻], with sizes of A⁺ ∝ 1/s and of A⁻ ∝ 1/(n − s). Each evaluation serves every player that it concerns.</summary>
/// <remarks>Two evaluations a draw. Unbiased, with Welch's standard errors. The paper's warm-up, which gives each player a first sample for 2n evaluations, is left out: until a player has samples on both sides the value is 0 with an infinite standard error.</remarks>
public sealed record SvarmEstimator : SamplingEstimator<DrawnCoalitions>
{
    /// <inheritdoc />
    public override string Name => "svarm";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue.Shapley;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.Unbiased | EstimatorPromises.Linear | EstimatorPromises.Symmetric | EstimatorPromises.Intervals;

    /// <inheritdoc />
    public override Task<Sampling<DrawnCoalitions>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Task.FromResult<Sampling<DrawnCoalitions>>(new Run(context.PlayerCount, context.Random(Name)));
    }

    private sealed class Run(int players, RandomStreams random) : Sampling<DrawnCoalitions>
    {
        private readonly ShapleyPairs _pairs = new(players);
        private readonly MembershipMoments _plus = new(players);
        private readonly MembershipMoments _minus = new(players);

        public override long MaximumCost(long index) => 2;

        public override Task<DrawnCoalitions> DrawAsync(Draw draw, CancellationToken cancellationToken) =>
            DrawnCoalitions.EvaluateAsync(draw, _pairs.Next(random.At(draw.Index)), ends: null, cancellationToken);

        public override void Commit(DrawnCoalitions sample)
        {
            _plus.Add(sample.Coalitions[0], sample.Values[0]);
            _minus.Add(sample.Coalitions[1], sample.Values[1]);
        }

        public override Estimate Estimate() => PlayerEstimates.Gather(players, player =>
        {
            IndependentMeans value = default;
            value.Add(1, _plus.With(player));
            value.Add(-1, _minus.Without(player));
            return value;
        });
    }
}
