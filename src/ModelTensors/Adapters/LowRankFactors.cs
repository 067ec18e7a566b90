using ModelTensors.Kernels;

namespace ModelTensors.Adapters;

/// <summary>The factors of an update as they are multiplied: Left is rows × rank as it is stored, Right is rank × columns and packed.</summary>
internal sealed class LowRankFactors(byte[] left, DataType leftType, bool isLeftTransposed, PackedOperand right, long rows, int rank, long columns, float scale)
{
    /// <summary>Adds the update to a run of the tensor's elements.</summary>
    /// <param name="start">The index of the first element.</param>
    /// <param name="values">The elements.</param>
    public unsafe void AddTo(long start, Span<float> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        (long firstRow, long head) = Math.DivRem(start, columns);
        (long endRow, long tail) = Math.DivRem(start + values.Length - 1, columns);
        (endRow, tail) = (endRow + 1, tail + 1);
        fixed (float* place = values)
        {
            // A run begins and ends inside rows. Cut at these two columns it is three blocks of whole lines, instead of a block between two broken rows.
            float* origin = place - head;
            (long low, long high) = (Math.Min(head, tail), Math.Max(head, tail));
            Add(origin, firstRow, head == 0 ? firstRow : firstRow + 1, endRow, 0, low);
            Add(origin, firstRow, head < tail ? firstRow : firstRow + 1, head < tail ? endRow : endRow - 1, low, high);
            Add(origin, firstRow, firstRow, tail == columns ? endRow : endRow - 1, high, columns);
        }
    }

    // Origin is the place of the first row's first element, which the run need not have: only elements of the run are touched.
    private unsafe void Add(float* origin, long firstRow, long row, long endRow, long column, long endColumn)
    {
        if (row >= endRow || column >= endColumn)
        {
            return;
        }

        fixed (byte* start = left)
        {
            long first = isLeftTransposed ? row : row * rank;
            GemmOperand a = isLeftTransposed
                ? new GemmOperand(start + (first * leftType.Size), leftType, rank, endRow - row, rows, transposed: true)
                : new GemmOperand(start + (first * leftType.Size), leftType, endRow - row, rank, rank);
            GemmResult c = new(origin + ((row - firstRow) * columns) + column, endRow - row, endColumn - column, columns);
            right.AddProduct(a, column, c, scale);
        }
    }
}
