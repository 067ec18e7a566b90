using DataShapley.Statistics;

namespace DataShapley.Stopping;

/// <summary>A run between two draws.</summary>
/// <param name="Draws">The draws that count so far.</param>
/// <param name="Evaluations">The values that they asked for.</param>
/// <param name="Estimate">What is known.</param>
public sealed record StoppingMoment(long Draws, long Evaluations, Estimate Estimate);
