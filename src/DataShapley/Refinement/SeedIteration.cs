namespace DataShapley.Refinement;

/// <summary>How far an iteration of SHED's public code came.</summary>
/// <param name="Number">The number that its files have.</param>
/// <param name="Evaluations">How many evaluations there are.</param>
/// <param name="Removed">How many proxies were removed.</param>
public sealed record SeedIteration(int Number, int Evaluations, int Removed);
