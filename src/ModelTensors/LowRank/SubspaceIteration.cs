using ModelTensors.Devices;

namespace ModelTensors.LowRank;

/// <summary>Finds what a matrix does to a few random directions, and decomposes that.</summary>
internal sealed class SubspaceIteration(RowBlocks matrix, TensorDevice device, CancellationToken cancellationToken)
{
    public SingularFactors Run(int rank, RandomizedSvdOptions options)
    {
        int count = rank + options.Oversampling;
        using HostTensor onRows = new(DataType.F32, new TensorShape(matrix.Rows, count));
        using HostTensor onColumns = new(DataType.F32, new TensorShape(matrix.Columns, count));
        FillGaussian(onColumns, options.Key);
        Multiply(onColumns, onRows);
        ColumnMatrix rows = Orthonormalize(onRows);
        for (int iteration = 0; iteration < options.PowerIterations; iteration++)
        {
            MultiplyTransposed(onRows, onColumns);
            Orthonormalize(onColumns);
            Multiply(onColumns, onRows);
            rows = Orthonormalize(onRows);
        }

        // matrix ≈ Q Qᵀ matrix, whose decomposition is that of the tall matrixᵀ Q with Q put before it.
        MultiplyTransposed(onRows, onColumns);
        ColumnMatrix columns = ToColumns(onColumns);
        (ColumnMatrix right, double[] values, double[] small) = RandomizedSvd.Decompose(columns, rank, cancellationToken);
        return new SingularFactors(rows.Multiply(small, rank), values, right);
    }

    private void Multiply(HostTensor onColumns, HostTensor onRows)
    {
        for (int block = 0; block < matrix.Count; block++)
        {
            Matrix result = Matrix.Of(onRows).Block(matrix.FirstRow(block), 0, matrix.RowsOf(block), onRows.Shape[1]);
            device.MatMul(matrix.Read(block, cancellationToken), Matrix.Of(onColumns), result, cancellationToken: cancellationToken);
        }
    }

    private void MultiplyTransposed(HostTensor onRows, HostTensor onColumns)
    {
        for (int block = 0; block < matrix.Count; block++)
        {
            Matrix part = Matrix.Of(onRows).Block(matrix.FirstRow(block), 0, matrix.RowsOf(block), onRows.Shape[1]);
            device.MatMul(
                matrix.Read(block, cancellationToken).Transposed, part, Matrix.Of(onColumns), beta: block == 0 ? 0 : 1, cancellationToken: cancellationToken);
        }
    }

    private ColumnMatrix Orthonormalize(HostTensor tall)
    {
        ColumnMatrix columns = ToColumns(tall);
        columns.Orthonormalize(cancellationToken);
        for (int row = 0; row < columns.Length; row++)
        {
            Span<float> values = tall.AsSpan<float>((long)row * columns.Count, columns.Count);
            for (int column = 0; column < values.Length; column++)
            {
                values[column] = (float)columns[column][row];
            }
        }

        return columns;
    }

    private static ColumnMatrix ToColumns(HostTensor tall)
    {
        ColumnMatrix columns = new((int)tall.Shape[0], (int)tall.Shape[1]);
        RandomizedSvd.CopyRows(Matrix.Of(tall), 0, columns);
        return columns;
    }

    // Box and Muller 1958: two uniform words give two normal numbers. Each element is a function of its index.
    private static void FillGaussian(HostTensor tensor, PhiloxKey key)
    {
        const double unit = 1.0 / (1L << 32);
        int width = (int)tensor.Shape[1];
        for (long row = 0; row < tensor.Shape[0]; row++)
        {
            Span<float> values = tensor.AsSpan<float>(row * width, width);
            for (int column = 0; column < width; column++)
            {
                (uint word0, uint word1, _, _) = Philox.Block((ulong)((row * width) + column), 0, key);
                values[column] = (float)(Math.Sqrt(-2 * Math.Log((word0 + 0.5) * unit)) * Math.Cos(2 * Math.PI * (word1 + 0.5) * unit));
            }
        }
    }
}
