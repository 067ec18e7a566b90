using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Stopping;

namespace DataShapley;

/// <summary>How a data set is valued: the estimator, when it ends, and the seed. Immutable; adjusted by <c>with</c>.</summary>
/// <param name="Estimator">The estimator.</param>
public sealed record ValuationRecipe(Estimator Estimator)
{
    /// <summary>Gets how many values of the utility may be asked for, those that are remembered included.</summary>
    /// <value>1 or more; null by default: as many as the estimator or the stopping rule wants.</value>
    /// <exception cref="ArgumentOutOfRangeException">The budget is below 1.</exception>
    public long? Budget
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
            field = value;
        }
    }

    /// <summary>Gets when to stop earlier.</summary>
    /// <value>Null by default: when the plan is done or the budget used up.</value>
    public StoppingRule? Stop { get; init; }

    /// <summary>Gets the seed of all that is drawn.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets whether the samples of each draw are kept in the result, for bootstrap intervals: draws × players numbers.</summary>
    /// <value>False by default.</value>
    public bool KeepSamples { get; init; }

    /// <summary>Gets how utilities are evaluated: workers, cache, journal, failures.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();
}
