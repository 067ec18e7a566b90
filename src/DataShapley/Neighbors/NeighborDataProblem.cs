namespace DataShapley.Neighbors;

/// <summary>What is wrong with data for neighbour values.</summary>
public enum NeighborDataProblem
{
    /// <summary>A feature is NaN or infinite, or so large that its square overflows.</summary>
    UnusableFeature,

    /// <summary>A class is negative, as missing ones often are, or a target is not finite.</summary>
    MissingLabel,

    /// <summary>A neighbour of a graph is not a row, comes twice, or has a distance that is not a number.</summary>
    UnusableNeighbor,
}
