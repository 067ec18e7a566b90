namespace ModelTensors.Kernels;

/// <summary>The row-major matrix that a product in double writes; it overlaps neither operand.</summary>
/// <param name="data">The first element; may be null when the matrix is empty.</param>
/// <param name="isDouble">Whether elements are F64; otherwise they are F32.</param>
/// <param name="rows">The number of rows.</param>
/// <param name="columns">The number of columns.</param>
/// <param name="stride">Elements from one row to the next.</param>
internal readonly unsafe struct DoubleResult(void* data, bool isDouble, long rows, long columns, long stride)
{
    public long Rows { get; } = rows;

    public long Columns { get; } = columns;

    private bool IsDouble { get; } = isDouble;

    private void* Data { get; } = data;

    private nint Stride { get; } = (nint)stride;

    /// <summary>Writes finished sums: <c>alpha · sum</c>, or <c>fma(beta, c, alpha · sum)</c> where beta is not 0, rounded once where C is F32.</summary>
    public void Write(long row, long column, double* sums, int count, double alpha, double beta)
    {
        nint start = (nint)((row * Stride) + column);
        if (IsDouble)
        {
            double* target = (double*)Data + start;
            for (int i = 0; i < count; i++)
            {
                double value = alpha * sums[i];
                target[i] = beta == 0 ? value : Math.FusedMultiplyAdd(beta, target[i], value);
            }

            return;
        }

        float* singles = (float*)Data + start;
        for (int i = 0; i < count; i++)
        {
            double value = alpha * sums[i];
            singles[i] = (float)(beta == 0 ? value : Math.FusedMultiplyAdd(beta, singles[i], value));
        }
    }
}
