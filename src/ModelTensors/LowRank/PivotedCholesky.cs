namespace ModelTensors.LowRank;

/// <summary>A symmetric positive semidefinite matrix as <c>L · Lᵀ</c>, largest pivots first, of as many columns as its rank.</summary>
/// <remarks>
/// Higham, "Accuracy and Stability of Numerical Algorithms" (2nd edition), section 10.3. Rows of L stay in the order of the matrix; the rows of the pivots, in
/// their order, are a lower triangle. The bits are the same on any machine.
/// </remarks>
public sealed class PivotedCholesky
{
    private readonly double[][] _rows;
    private readonly int[] _pivots;

    private PivotedCholesky(double[][] rows, int[] pivots)
    {
        _rows = rows;
        _pivots = pivots;
    }

    /// <summary>Gets the number of columns of L: the rank of the matrix.</summary>
    public int Rank => _pivots.Length;

    /// <summary>Gets the row that each column of L took as its pivot.</summary>
    public IReadOnlyList<int> Pivots => _pivots;

    /// <summary>Factors a matrix.</summary>
    /// <param name="matrix">A symmetric positive semidefinite matrix, row after row. Finite.</param>
    /// <param name="size">The number of rows, at least 1.</param>
    /// <param name="tolerance">The pivots that count as zero: up to this part of the largest element on the diagonal; in [0, 1).</param>
    /// <exception cref="ArgumentException">The matrix has another number of elements, or one that is NaN or infinite.</exception>
    public static PivotedCholesky Factor(ReadOnlySpan<double> matrix, int size, double tolerance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (!(tolerance >= 0 && tolerance < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "A tolerance is in [0, 1).");
        }

        SmallMatrix.LargestMagnitude(matrix, size, size);
        double[][] rows = new double[size][];
        double[] remaining = new double[size];
        for (int i = 0; i < size; i++)
        {
            rows[i] = new double[size];
            remaining[i] = matrix[(i * size) + i];
        }

        double smallest = remaining.Max() * tolerance;
        List<int> pivots = [];
        while (pivots.Count < size)
        {
            int column = pivots.Count;
            int pivot = 0;
            for (int i = 1; i < size; i++)
            {
                pivot = remaining[i] > remaining[pivot] ? i : pivot;
            }

            if (!(remaining[pivot] > smallest))
            {
                break;
            }

            double root = Math.Sqrt(remaining[pivot]);
            ReadOnlySpan<double> pivotRow = rows[pivot].AsSpan(0, column);
            pivots.Add(pivot);
            remaining[pivot] = double.NegativeInfinity;
            rows[pivot][column] = root;
            for (int i = 0; i < size; i++)
            {
                // Rows that were pivots before are finished.
                if (!double.IsNegativeInfinity(remaining[i]))
                {
                    double value = (matrix[(i * size) + pivot] - ColumnMatrix.Dot(rows[i].AsSpan(0, column), pivotRow)) / root;
                    rows[i][column] = value;
                    remaining[i] = Math.FusedMultiplyAdd(-value, value, remaining[i]);
                }
            }
        }

        return new PivotedCholesky(rows, [.. pivots]);
    }

    /// <summary>Gets a row of L, with one entry for each of its columns.</summary>
    /// <param name="index">The row of the matrix.</param>
    public ReadOnlySpan<double> Row(int index) => _rows[index].AsSpan(0, Rank);
}
