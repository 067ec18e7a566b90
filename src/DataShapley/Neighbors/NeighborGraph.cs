namespace DataShapley.Neighbors;

/// <summary>Neighbours that were found before, by an index or under any distance: for each test point some training rows and how far they are.</summary>
public sealed record NeighborGraph
{
    /// <summary>Creates a graph.</summary>
    /// <param name="rowCount">The number of training rows.</param>
    /// <param name="neighborsPerTest">How many neighbours each test point has; 1 to <paramref name="rowCount"/>.</param>
    /// <param name="indices">The training rows, test point by test point, in any order.</param>
    /// <param name="distances">Their distances; all rows that are left out are at least as far as those that are in.</param>
    /// <exception cref="ArgumentException">The lengths differ, or are not a multiple of the neighbours of a test point.</exception>
    public NeighborGraph(int rowCount, int neighborsPerTest, ReadOnlyMemory<int> indices, ReadOnlyMemory<double> distances)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(neighborsPerTest, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(neighborsPerTest, rowCount);
        if (indices.Length != distances.Length || indices.Length % neighborsPerTest != 0)
        {
            throw new ArgumentException($"{indices.Length} indices and {distances.Length} distances are not {neighborsPerTest} for each test point.", nameof(indices));
        }

        RowCount = rowCount;
        NeighborsPerTest = neighborsPerTest;
        Indices = indices;
        Distances = distances;
    }

    /// <summary>Gets the number of training rows.</summary>
    public int RowCount { get; }

    /// <summary>Gets how many neighbours each test point has.</summary>
    public int NeighborsPerTest { get; }

    /// <summary>Gets the number of test points.</summary>
    public int TestCount => Indices.Length / NeighborsPerTest;

    internal ReadOnlyMemory<int> Indices { get; }

    internal ReadOnlyMemory<double> Distances { get; }

    /// <summary>Reads the neighbours of a test point, nearest first, ties to the lower row.</summary>
    internal void Read(int test, Span<RankedNeighbor> neighbors, Span<int> lastSeen)
    {
        ReadOnlySpan<int> indices = Indices.Span.Slice(test * NeighborsPerTest, NeighborsPerTest);
        ReadOnlySpan<double> distances = Distances.Span.Slice(test * NeighborsPerTest, NeighborsPerTest);
        for (int i = 0; i < indices.Length; i++)
        {
            int row = indices[i];
            if ((uint)row >= (uint)RowCount || lastSeen[row] == test + 1 || double.IsNaN(distances[i]))
            {
                throw new NeighborDataException(
                    NeighborDataProblem.UnusableNeighbor, isTest: true, test,
                    $"Neighbour {i} of test point {test} is row {row} at distance {distances[i]}: rows are 0 to {RowCount - 1}, come once, and have a distance.");
            }

            lastSeen[row] = test + 1;
            neighbors[i] = new RankedNeighbor(distances[i], row);
        }

        RankedNeighbor.Sort(neighbors);
    }
}
