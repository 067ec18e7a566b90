using DataShapley.Games;
using DataShapley.Stopping;

namespace DataShapley.Estimators;

/// <summary>The game and the settings of one run.</summary>
/// <param name="Evaluator">What evaluates.</param>
/// <param name="Seed">The seed of the draws.</param>
public sealed record EstimationContext(UtilityEvaluator Evaluator, ulong Seed)
{
    /// <summary>Gets how many values may be asked for, or null for as many as the stopping rule wants.</summary>
    public long? Budget { get; init; }

    /// <summary>Gets when to stop before the budget is used up, or null.</summary>
    public StoppingRule? Stop { get; init; }

    /// <summary>Gets whether the samples of each draw are kept, for bootstrap intervals: draws × players numbers.</summary>
    public bool KeepSamples { get; init; }

    /// <summary>Gets what is told of the progress, or null.</summary>
    public IProgress<ValuationProgress>? Progress { get; init; }

    /// <summary>Gets the utility.</summary>
    public IUtility Utility => Evaluator.Utility;

    /// <summary>Gets the number of players.</summary>
    public int PlayerCount => Evaluator.PlayerCount;

    /// <summary>Opens the random numbers of a purpose.</summary>
    /// <param name="name">The estimator and the purpose.</param>
    public RandomStreams Random(string name) => new(Seed, name);
}
