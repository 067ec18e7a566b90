namespace DataShapley.Results;

/// <summary>A curve and what a report calls it.</summary>
/// <param name="Name">The name, such as <c>highest removed first</c>.</param>
/// <param name="Curve">The curve.</param>
public sealed record NamedCurve(string Name, UtilityCurve Curve);
