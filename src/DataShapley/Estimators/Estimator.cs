using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>A way to estimate what each player is worth. Immutable; its settings are its properties.</summary>
public abstract record Estimator
{
    /// <summary>Gets the name in results and recipes, such as <c>permutation</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the semivalue that is estimated, or null where it is something else, which the summary of the estimator says.</summary>
    public abstract Semivalue? Target { get; }

    /// <summary>Gets what is promised of the values.</summary>
    public abstract EstimatorPromises Promises { get; }

    /// <summary>Estimates.</summary>
    /// <param name="context">The game and the settings of the run.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <exception cref="ValuationException">The game or the budget does not suit the estimator.</exception>
    /// <exception cref="UtilityException">An evaluation failed, and the policy is to throw.</exception>
    public abstract Task<EstimationOutcome> EstimateAsync(EstimationContext context, CancellationToken cancellationToken = default);
}
