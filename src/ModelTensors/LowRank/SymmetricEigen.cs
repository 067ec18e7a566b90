namespace ModelTensors.LowRank;

/// <summary>The eigenvalues of a small symmetric matrix, descending, with the vectors of the largest ones.</summary>
/// <remarks>
/// <para>Golub and Van Loan, "Matrix Computations" (4th edition), algorithms 8.3.1 (Householder reflections to a tridiagonal matrix), 8.3.2 and 8.3.3 (implicit
/// steps with Wilkinson's shift). Values are exact to rounding of the largest one.</para>
/// <para>The entry of largest magnitude of each vector is positive, so that equal matrices have equal vectors. The bits are the same on any machine.</para>
/// </remarks>
public sealed class SymmetricEigen
{
    private readonly double[][] _vectors;

    private SymmetricEigen(double[] values, double[][] vectors)
    {
        Values = values;
        _vectors = vectors;
    }

    /// <summary>Gets all eigenvalues, in descending order.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Gets the number of vectors.</summary>
    public int VectorCount => _vectors.Length;

    /// <summary>Decomposes a matrix. Work grows with the cube of the size.</summary>
    /// <param name="matrix">A symmetric matrix, row after row; both triangles are read. Finite.</param>
    /// <param name="size">The number of rows, at least 1.</param>
    /// <param name="vectors">The number of vectors to find, from 0 to <paramref name="size"/>.</param>
    /// <param name="cancellationToken">Stops between columns.</param>
    /// <exception cref="ArgumentException">The matrix has another number of elements, or one that is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static SymmetricEigen Decompose(ReadOnlySpan<double> matrix, int size, int vectors, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(vectors);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vectors, size);
        return Decompose(matrix, size, vectors > 0, _ => vectors, cancellationToken);
    }

    /// <summary>Decomposes a matrix, and chooses the number of vectors when the values are known.</summary>
    /// <param name="matrix">A symmetric matrix, row after row; both triangles are read. Finite.</param>
    /// <param name="size">The number of rows, at least 1.</param>
    /// <param name="chooseVectors">Returns the number of vectors to find, from 0 to <paramref name="size"/>, for the values in descending order.</param>
    /// <param name="cancellationToken">Stops between columns.</param>
    /// <exception cref="ArgumentException">The matrix has another number of elements, or one that is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static SymmetricEigen Decompose(
        ReadOnlySpan<double> matrix, int size, Func<IReadOnlyList<double>, int> chooseVectors, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chooseVectors);
        return Decompose(matrix, size, withVectors: true, chooseVectors, cancellationToken);
    }

    /// <summary>Gets an eigenvector of length one.</summary>
    /// <param name="index">The value's index, less than <see cref="VectorCount"/>.</param>
    public ReadOnlySpan<double> Vector(int index) => _vectors[index];

    private static SymmetricEigen Decompose(
        ReadOnlySpan<double> matrix, int size, bool withVectors, Func<IReadOnlyList<double>, int> chooseVectors, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        double largest = SmallMatrix.LargestMagnitude(matrix, size, size);
        int exponent = largest == 0 ? 0 : SmallMatrix.Exponent(largest);
        Tridiagonal tridiagonal = new(matrix, size, exponent, cancellationToken);
        int[] order = tridiagonal.Diagonalize(withVectors, cancellationToken);
        double[] values = [.. order.Select(index => Math.ScaleB(tridiagonal.Diagonal[index], exponent))];
        double[][] vectors = new double[chooseVectors(values)][];
        for (int i = 0; i < vectors.Length; i++)
        {
            vectors[i] = tridiagonal.Vector(order[i]);
            SmallMatrix.MakeLargestPositive(vectors[i]);
        }

        return new SymmetricEigen(values, vectors);
    }
}
