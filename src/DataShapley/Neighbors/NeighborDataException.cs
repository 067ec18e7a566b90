namespace DataShapley.Neighbors;

/// <summary>Data for neighbour values cannot be used.</summary>
/// <param name="problem">What is wrong.</param>
/// <param name="isTest">Whether the row is one of the test data.</param>
/// <param name="row">The row.</param>
/// <param name="message">What is wrong, and what to do.</param>
public sealed class NeighborDataException(NeighborDataProblem problem, bool isTest, long row, string message) : Exception(message)
{
    /// <summary>Gets what is wrong.</summary>
    public NeighborDataProblem Problem { get; } = problem;

    /// <summary>Gets whether the row is one of the test data.</summary>
    public bool IsTest { get; } = isTest;

    /// <summary>Gets the row.</summary>
    public long Row { get; } = row;
}
