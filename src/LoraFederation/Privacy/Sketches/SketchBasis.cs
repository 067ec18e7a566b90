using ModelTensors;
using ModelTensors.Devices;
using ModelTensors.LowRank;

namespace LoraFederation.Privacy.Sketches;

/// <summary>Small linear algebra of sketches, in double.</summary>
internal static class SketchBasis
{
    /// <summary>Returns orthonormal columns that span those of a matrix: as many as are independent, a column of zeros where there are none.</summary>
    public static HostTensor Of(HostTensor matrix, TensorDevice device, CancellationToken cancellationToken)
    {
        using ThinQr factored = ThinQr.Decompose(Matrix.Of(matrix), device, cancellationToken);
        int count = (int)matrix.Shape[1];
        int[] independent = [.. Enumerable.Range(0, count).Where(column => factored.R.Span[(column * count) + column] != 0)];
        HostTensor basis = new(DataType.F64, new TensorShape(matrix.Shape[0], Math.Max(1, independent.Length)));
        for (long row = 0; row < matrix.Shape[0]; row++)
        {
            ReadOnlySpan<double> from = factored.Q.AsSpan<double>(row * count, count);
            Span<double> to = basis.AsSpan<double>(row * basis.Shape[1], (int)basis.Shape[1]);
            for (int column = 0; column < independent.Length; column++)
            {
                to[column] = from[independent[column]];
            }
        }

        return basis;
    }

    /// <summary>rows ← R⁻¹ · rows for an upper triangle R; rows whose diagonal is zero, of a column of zeros, become zero.</summary>
    public static void SolveUpper(ReadOnlySpan<double> upper, HostTensor rows)
    {
        int rank = (int)rows.Shape[0];
        int columns = (int)rows.Shape[1];
        for (int row = rank - 1; row >= 0; row--)
        {
            Span<double> values = rows.AsSpan<double>((long)row * columns, columns);
            for (int k = row + 1; k < rank; k++)
            {
                double factor = upper[(row * rank) + k];
                ReadOnlySpan<double> solved = rows.AsSpan<double>((long)k * columns, columns);
                for (int column = 0; column < columns; column++)
                {
                    values[column] = Math.FusedMultiplyAdd(-factor, solved[column], values[column]);
                }
            }

            double diagonal = upper[(row * rank) + row];
            for (int column = 0; column < columns; column++)
            {
                values[column] = diagonal == 0 ? 0 : values[column] / diagonal;
            }
        }
    }

    /// <summary>Returns the Frobenius norm.</summary>
    public static double Norm(HostTensor matrix)
    {
        double sum = 0;
        for (long row = 0; row < matrix.Shape[0]; row++)
        {
            foreach (double value in matrix.AsSpan<double>(row * matrix.Shape[1], (int)matrix.Shape[1]))
            {
                sum = Math.FusedMultiplyAdd(value, value, sum);
            }
        }

        return Math.Sqrt(sum);
    }

    /// <summary>Rounds to F32.</summary>
    public static HostTensor Narrow(HostTensor matrix)
    {
        HostTensor narrow = new(DataType.F32, matrix.Shape);
        for (long row = 0; row < matrix.Shape[0]; row++)
        {
            ReadOnlySpan<double> from = matrix.AsSpan<double>(row * matrix.Shape[1], (int)matrix.Shape[1]);
            Span<float> to = narrow.AsSpan<float>(row * matrix.Shape[1], from.Length);
            for (int column = 0; column < from.Length; column++)
            {
                to[column] = (float)from[column];
            }
        }

        return narrow;
    }

    /// <summary>Copies numbers into a matrix of their own.</summary>
    public static HostTensor ToMatrix(ReadOnlySpan<double> values, long rows, long columns, double factor)
    {
        HostTensor matrix = new(DataType.F64, new TensorShape(rows, columns));
        for (long row = 0; row < rows; row++)
        {
            Span<double> to = matrix.AsSpan<double>(row * columns, (int)columns);
            ReadOnlySpan<double> from = values.Slice((int)(row * columns), to.Length);
            for (int column = 0; column < to.Length; column++)
            {
                to[column] = from[column] * factor;
            }
        }

        return matrix;
    }

    /// <summary>Copies a matrix to numbers.</summary>
    public static double[] ToArray(HostTensor matrix, double factor)
    {
        double[] values = new double[matrix.Shape.ElementCount];
        matrix.AsSpan<double>(0, values.Length).CopyTo(values);
        foreach (ref double value in values.AsSpan())
        {
            value *= factor;
        }

        return values;
    }
}
