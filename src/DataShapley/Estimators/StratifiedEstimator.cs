using DataShapley.Estimators.Allocations;
using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>Stratified sampling: φ̂_i = Σ_s C(n−1, s) · w(s) · mean over sampled coalitions of size s without i of v(S ∪ i) − v(S) (Maleki et al., 2013; with <see cref="SizeAllocation.Harmonic"/> variance-reduced data Shapley, Wu et al., 2023).</summary>
/// <remarks>Two evaluations a sample; at least 2 n² for a sample of each player at each size, so that it suits some thousand players at most. Unbiased unless the plan leaves sizes out.</remarks>
public sealed record StratifiedEstimator : SamplingEstimator<(int Player, int Size, double Contribution)>
{
    /// <summary>Gets the semivalue.</summary>
    /// <value>The Shapley value by default.</value>
    public Semivalue Semivalue { get; init; } = Games.Semivalue.Shapley;

    /// <summary>Gets how samples are divided among sizes. After each has its number, the plan begins again.</summary>
    /// <value><see cref="SizeAllocation.Constant"/> by default.</value>
    public SizeAllocation Allocation { get; init; } = SizeAllocation.Constant;

    /// <summary>Gets how many samples of each player the plan divides, rounded down and then by the largest remainders. A size that gets none is left out: its contributions are taken as 0, which biases the values, and their errors do not say so.</summary>
    /// <value>1 or more; null by default: as few as give the rarest size one.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1 or above 67,108,864.</exception>
    public long? SamplesPerPlayer
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value ?? 1, SizePlan.MostSamples);
            field = value;
        }
    }

    /// <inheritdoc />
    public override string Name => "stratified";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue;

    /// <inheritdoc />
    public override EstimatorPromises Promises => EstimatorPromises.NullPlayer | EstimatorPromises.Linear | EstimatorPromises.Symmetric
        | (SamplesPerPlayer is null ? EstimatorPromises.Unbiased | EstimatorPromises.Intervals : EstimatorPromises.None);

    /// <inheritdoc />
    public override Task<Sampling<(int Player, int Size, double Contribution)>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Task.FromResult<Sampling<(int Player, int Size, double Contribution)>>(StratifiedRun.Begin(context, Name, Semivalue, Allocation, SamplesPerPlayer));
    }
}
