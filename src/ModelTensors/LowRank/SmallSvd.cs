namespace ModelTensors.LowRank;

/// <summary>The singular values and vectors of a small matrix, values descending: <c>Σ value · left · rightᵀ</c>.</summary>
/// <remarks>
/// <para>One-sided Jacobi rotations (Hestenes 1958; Demmel and Veselić 1992): even values far below the largest are found to many digits. Values that rounding
/// cannot tell from zero are zero.</para>
/// <para>The entry of largest magnitude of each left vector is positive; vectors of zero values are zero. The bits are the same on any machine.</para>
/// </remarks>
public sealed class SmallSvd
{
    private const double Precision = 1.0 / (1L << 52);
    private const int LargestSweepCount = 60;

    private readonly double[][] _left;
    private readonly double[][] _right;

    private SmallSvd(double[] values, double[][] left, double[][] right)
    {
        Values = values;
        _left = left;
        _right = right;
    }

    /// <summary>Gets the singular values, one for each column, in descending order.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Decomposes a matrix. Work grows with rows times columns squared.</summary>
    /// <param name="matrix">The matrix, row after row. Finite.</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    /// <param name="columns">The number of columns, at least 1; those that other columns span have zero values, as when there are more of them than rows.</param>
    /// <param name="cancellationToken">Stops between sweeps.</param>
    /// <exception cref="ArgumentException">The matrix has another number of elements, or one that is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static SmallSvd Decompose(ReadOnlySpan<double> matrix, int rows, int columns, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        double largest = SmallMatrix.LargestMagnitude(matrix, rows, columns);
        int exponent = largest == 0 ? 0 : SmallMatrix.Exponent(largest);
        double scale = Math.ScaleB(1, -exponent);
        double[][] left = new double[columns][];
        double[][] right = new double[columns][];
        for (int column = 0; column < columns; column++)
        {
            left[column] = new double[rows];
            right[column] = new double[columns];
            right[column][column] = 1;
            for (int row = 0; row < rows; row++)
            {
                left[column][row] = matrix[(row * columns) + column] * scale;
            }
        }

        double[] values = Orthogonalize(left, right, cancellationToken);
        for (int index = 0; index < columns; index++)
        {
            if (values[index] == 0)
            {
                Array.Clear(left[index]);
                Array.Clear(right[index]);
                continue;
            }

            foreach (ref double value in left[index].AsSpan())
            {
                value /= values[index];
            }

            values[index] = Math.ScaleB(values[index], exponent);
            if (SmallMatrix.MakeLargestPositive(left[index]))
            {
                foreach (ref double value in right[index].AsSpan())
                {
                    value = -value;
                }
            }
        }

        int[] order = [.. Enumerable.Range(0, columns).OrderByDescending(index => values[index])];
        return new SmallSvd([.. order.Select(index => values[index])], [.. order.Select(index => left[index])], [.. order.Select(index => right[index])]);
    }

    /// <summary>Gets a left singular vector, with one entry for each row.</summary>
    /// <param name="index">The value's index.</param>
    public ReadOnlySpan<double> Left(int index) => _left[index];

    /// <summary>Gets a right singular vector, with one entry for each column.</summary>
    /// <param name="index">The value's index.</param>
    public ReadOnlySpan<double> Right(int index) => _right[index];

    /// <summary>Rotates columns, pair after pair, until all are orthogonal to rounding; returns their lengths.</summary>
    private static double[] Orthogonalize(double[][] columns, double[][] turns, CancellationToken cancellationToken)
    {
        double[] squares = new double[columns.Length];
        double tolerance = Precision * Math.Sqrt(columns[0].Length);
        for (int sweep = 0; sweep < LargestSweepCount; sweep++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < columns.Length; i++)
            {
                squares[i] = ColumnMatrix.Dot(columns[i], columns[i]);
            }

            // What is this small beside the longest column is rounding, and would be rotated for ever.
            double negligible = squares.Max() * columns.Length * Precision * Precision;
            bool isDone = true;
            for (int first = 0; first < columns.Length; first++)
            {
                for (int second = first + 1; second < columns.Length; second++)
                {
                    if (squares[first] <= negligible || squares[second] <= negligible)
                    {
                        continue;
                    }

                    double product = ColumnMatrix.Dot(columns[first], columns[second]);
                    if (Math.Abs(product) <= tolerance * Math.Sqrt(squares[first]) * Math.Sqrt(squares[second]))
                    {
                        continue;
                    }

                    isDone = false;
                    Turn(columns, turns, squares, first, second, product);
                }
            }

            if (isDone)
            {
                return [.. squares.Select(square => square <= negligible ? 0 : Math.Sqrt(square))];
            }
        }

        throw new InvalidOperationException($"The singular values of {columns.Length} columns did not settle in {LargestSweepCount} sweeps.");
    }

    /// <summary>Makes two columns orthogonal by the smaller of the two angles that do.</summary>
    private static void Turn(double[][] columns, double[][] turns, double[] squares, int first, int second, double product)
    {
        double ratio = (squares[second] - squares[first]) / (2 * product);
        double tangent = 1 / (ratio + (ratio < 0 ? -1 : 1) * Math.Sqrt(1 + (ratio * ratio)));
        double cosine = 1 / Math.Sqrt(1 + (tangent * tangent));
        double sine = cosine * tangent;
        SmallMatrix.Rotate(columns[first], columns[second], cosine, -sine);
        SmallMatrix.Rotate(turns[first], turns[second], cosine, -sine);
        squares[first] -= tangent * product;
        squares[second] += tangent * product;
    }
}
