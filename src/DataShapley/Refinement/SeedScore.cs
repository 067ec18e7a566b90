namespace DataShapley.Refinement;

/// <summary>A line of a <see cref="SeedScoreFile"/>.</summary>
/// <param name="Key">What the record is known by: in SHED's code a text that several records may share.</param>
/// <param name="Sum">The score, finite: in SHED's code the sum of whole contributions.</param>
public sealed record SeedScore(string Key, double Sum);
