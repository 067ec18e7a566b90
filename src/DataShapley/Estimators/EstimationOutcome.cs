using DataShapley.Statistics;

namespace DataShapley.Estimators;

/// <summary>How a run ended.</summary>
/// <param name="Estimate">What came out.</param>
/// <param name="Status">Why it ended.</param>
/// <param name="Draws">The draws that count.</param>
/// <param name="Evaluations">The values that they asked for.</param>
public sealed record EstimationOutcome(Estimate Estimate, ValuationStatus Status, long Draws, long Evaluations)
{
    /// <summary>Gets the samples of each draw, one row of players after the other, where the run kept them.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<double[]> Samples { get; init; } = [];
}
