namespace ModelAggregation.Search;

/// <summary>What an optimiser asked for at a time.</summary>
/// <param name="Count">The number of candidates.</param>
/// <param name="FailureCount">How many of them have no score.</param>
/// <param name="BestMerit">The best merit of the others; null where there are none.</param>
/// <param name="MeanMerit">Their mean merit; null where there are none.</param>
/// <param name="StepSize">How far the candidates were spread, in units of the box, as <see cref="Optimizers.OptimizerRun.StepSize"/> has it; null where the optimiser does not say.</param>
public sealed record SearchGeneration(int Count, int FailureCount, double? BestMerit, double? MeanMerit, double? StepSize);
