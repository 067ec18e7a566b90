namespace DataShapley.Caching;

/// <summary>A line of the journal: values under their keys.</summary>
/// <param name="Keys">Keys of what was evaluated, 32 hexadecimal digits each.</param>
/// <param name="Values">As many values; for a growing coalition, which has one key, one for each player that joined.</param>
internal sealed record EvaluationRecord(string[] Keys, double[] Values);
