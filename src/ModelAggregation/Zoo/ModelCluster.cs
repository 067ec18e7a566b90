namespace ModelAggregation.Zoo;

/// <summary>Models that can be merged with each other.</summary>
/// <param name="Models">Their names, in the order of the zoo; the first began the cluster.</param>
public sealed record ModelCluster(IReadOnlyList<string> Models)
{
    /// <summary>Gets what all of them have in common; see <see cref="ZooModel.ArchitectureKey"/>. Null where only similarities were known.</summary>
    public string? ArchitectureKey { get; init; }
}
