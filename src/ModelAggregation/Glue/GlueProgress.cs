namespace ModelAggregation.Glue;

/// <summary>How far a pipeline is.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Subject">What it works on: a family, a mixture, a model.</param>
/// <param name="Done">What of the stage's work on it is done.</param>
/// <param name="Total">All of that; 0 where it is not known.</param>
/// <param name="Evaluated">The number of evaluations that this run has made.</param>
public readonly record struct GlueProgress(GlueStage Stage, string Subject, int Done, int Total, int Evaluated);
