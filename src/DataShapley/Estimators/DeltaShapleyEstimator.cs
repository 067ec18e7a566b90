using DataShapley.Estimators.Allocations;
using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>δ-Shapley (Watson et al., 2022): the mean contribution to coalitions of some sizes alone, sampled size by size. Of stable learners large coalitions hardly change by one point, and small ones are cheap.</summary>
/// <remarks>Two evaluations a sample. Unbiased for <see cref="DeltaShapleyValue"/>, which is not the Shapley value unless the sizes are all there are.</remarks>
public sealed record DeltaShapleyEstimator : SamplingEstimator<(int Player, int Size, double Contribution)>
{
    /// <summary>Gets the sizes and their weights.</summary>
    /// <value>Sizes from 0 to 3 by default, normalised.</value>
    public DeltaShapleyValue Semivalue { get; init; } = new(0, 3);

    /// <summary>Gets how samples are divided among the sizes; <see cref="DeltaShapleyBound"/> gives the numbers of the paper. After each size has its number, the plan begins again.</summary>
    /// <value><see cref="SizeAllocation.Constant"/> by default.</value>
    public SizeAllocation Allocation { get; init; } = SizeAllocation.Constant;

    /// <inheritdoc />
    public override string Name => "delta_shapley";

    /// <inheritdoc />
    public override Semivalue? Target => Semivalue;

    /// <inheritdoc />
    public override EstimatorPromises Promises =>
        EstimatorPromises.Unbiased | EstimatorPromises.Intervals | EstimatorPromises.NullPlayer | EstimatorPromises.Linear | EstimatorPromises.Symmetric;

    /// <inheritdoc />
    public override Task<Sampling<(int Player, int Size, double Contribution)>> BeginAsync(EstimationContext context, Draw before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.PlayerCount <= Semivalue.Low
            ? throw new ValuationException(ValuationError.TooFewPlayers, $"{Semivalue.Name} needs coalitions of {Semivalue.Low} others or more; the game has {context.PlayerCount} players.")
            : Task.FromResult<Sampling<(int Player, int Size, double Contribution)>>(StratifiedRun.Begin(context, Name, Semivalue, Allocation, samples: null));
    }
}
