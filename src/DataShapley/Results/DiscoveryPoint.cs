namespace DataShapley.Results;

/// <summary>A point of a discovery curve.</summary>
/// <param name="Inspected">The share of the data that is inspected, lowest values first.</param>
/// <param name="Found">The share of the corrupted data among it.</param>
/// <param name="Optimal">The share where the corrupted come first.</param>
/// <param name="Random">The share that is expected where the order is random.</param>
public readonly record struct DiscoveryPoint(double Inspected, double Found, double Optimal, double Random);
