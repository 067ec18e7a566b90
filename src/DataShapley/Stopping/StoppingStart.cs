namespace DataShapley.Stopping;

/// <summary>What is known when a run begins.</summary>
/// <param name="PlayerCount">The number of players.</param>
/// <param name="Time">What tells the time.</param>
public sealed record StoppingStart(int PlayerCount, TimeProvider Time);
