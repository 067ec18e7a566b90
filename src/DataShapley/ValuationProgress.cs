namespace DataShapley;

/// <summary>How far a run is.</summary>
/// <param name="Draws">The draws that count so far.</param>
/// <param name="Evaluations">The values that they asked for.</param>
/// <param name="Completion">A share from 0 to 1; NaN where it cannot be told.</param>
/// <param name="Elapsed">The time since the run began.</param>
public sealed record ValuationProgress(long Draws, long Evaluations, double Completion, TimeSpan Elapsed)
{
    /// <summary>Gets the values asked for in a second.</summary>
    public double EvaluationsPerSecond => Elapsed > TimeSpan.Zero ? Evaluations / Elapsed.TotalSeconds : 0;
}
