using MathNet.Numerics.Providers.LinearAlgebra;
using ModelTensors.Devices;

namespace ModelTensors.LowRank;

/// <summary>The largest singular values and vectors of a matrix that is read by blocks of rows.</summary>
/// <remarks>
/// <para>Halko, Martinsson and Tropp 2011 (arXiv 0909.4061), algorithms 4.4 (subspace iteration) and 5.1: a few random directions, multiplied by the matrix
/// and its transpose, span what matters of it; the small matrix that is left is decomposed in double. The matrix is read 2 + 2q times for q power
/// iterations. Small matrices, and ranks near the shorter side, are decomposed exactly: the matrix is read once.</para>
/// <para>The result is the same bits for any number of threads. The random directions call the C runtime (log, sin, cos), whose bits are the same per
/// operating system, architecture and .NET version.</para>
/// </remarks>
public static class RandomizedSvd
{
    /// <summary>Decomposes a matrix.</summary>
    /// <param name="matrix">The matrix; its numbers are finite.</param>
    /// <param name="rank">The most singular values to find, at least 1; fewer when the matrix has a shorter side.</param>
    /// <param name="device">Multiplies.</param>
    /// <param name="options">The accuracy; the defaults when null.</param>
    /// <param name="cancellationToken">Stops between blocks and columns.</param>
    /// <returns>The values with their vectors.</returns>
    public static SingularFactors Decompose(
        RowBlocks matrix, int rank, TensorDevice device, RandomizedSvdOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        options ??= new RandomizedSvdOptions();
        long side = Math.Min(matrix.Rows, matrix.Columns);
        rank = (int)Math.Min(rank, side);
        bool isExact = side <= options.ExactSide || rank + (long)options.Oversampling >= side;
        return isExact
            ? Exact(matrix, rank, cancellationToken)
            : new SubspaceIteration(matrix, device, cancellationToken).Run(rank, options);
    }

    /// <summary>Decomposes a tall matrix of few columns exactly: <c>tall = vectors · values · smallᵀ</c>. The columns are overwritten.</summary>
    internal static (ColumnMatrix Tall, double[] Values, double[] Small) Decompose(ColumnMatrix tall, int rank, CancellationToken cancellationToken)
    {
        int side = tall.Count;
        double[] triangle = tall.Orthonormalize(cancellationToken);
        double[] values = new double[side];
        double[] left = new double[side * side];
        double[] rightTransposed = new double[side * side];
        // The managed provider by name: the process-global one may be native, with other bits.
        ManagedLinearAlgebraProvider.Instance.SingularValueDecomposition(true, triangle, side, side, values, left, rightTransposed);
        return (tall.Multiply(left, rank), values[..rank], Transpose(rightTransposed, side));
    }

    /// <summary>Copies rows of an F32 matrix into a matrix of columns, from a row on.</summary>
    internal static void CopyRows(Matrix source, long firstRow, ColumnMatrix target)
    {
        for (long row = 0; row < source.Rows; row++)
        {
            ReadOnlySpan<float> values = source.Tensor.AsSpan<float>(source.Start + (row * source.Stride), (int)source.Columns);
            for (int column = 0; column < values.Length; column++)
            {
                target[column][(int)(firstRow + row)] = values[column];
            }
        }
    }

    private static SingularFactors Exact(RowBlocks matrix, int rank, CancellationToken cancellationToken)
    {
        bool isTall = matrix.Rows >= matrix.Columns;
        ColumnMatrix tall = isTall ? new((int)matrix.Rows, (int)matrix.Columns) : new((int)matrix.Columns, (int)matrix.Rows);
        for (int block = 0; block < matrix.Count; block++)
        {
            Matrix rows = matrix.Read(block, cancellationToken);
            if (isTall)
            {
                CopyRows(rows, matrix.FirstRow(block), tall);
                continue;
            }

            for (long row = 0; row < rows.Rows; row++)
            {
                ReadOnlySpan<float> values = rows.Tensor.AsSpan<float>(rows.Start + (row * rows.Stride), (int)rows.Columns);
                Span<double> column = tall[(int)(matrix.FirstRow(block) + row)];
                for (int i = 0; i < values.Length; i++)
                {
                    column[i] = values[i];
                }
            }
        }

        (ColumnMatrix vectors, double[] singular, double[] small) = Decompose(tall, rank, cancellationToken);
        ColumnMatrix other = new((int)Math.Min(matrix.Rows, matrix.Columns), rank);
        for (int column = 0; column < rank; column++)
        {
            small.AsSpan(column * other.Length, other.Length).CopyTo(other[column]);
        }

        return isTall ? new SingularFactors(vectors, singular, other) : new SingularFactors(other, singular, vectors);
    }

    private static double[] Transpose(double[] square, int side)
    {
        double[] turned = new double[square.Length];
        for (int row = 0; row < side; row++)
        {
            for (int column = 0; column < side; column++)
            {
                turned[(row * side) + column] = square[(column * side) + row];
            }
        }

        return turned;
    }
}
