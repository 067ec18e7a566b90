using ModelTensors.Kernels;

namespace ModelTensors.Adapters;

/// <summary>The factors of an update as floats: Left is rows × rank, Right is rank × columns, both in C order.</summary>
internal sealed class LowRankFactors(float[] left, float[] right, int rank, long columns, float scale)
{
    /// <summary>Adds the update to a run of the tensor's elements.</summary>
    /// <param name="start">The index of the first element.</param>
    /// <param name="values">The elements.</param>
    public unsafe void AddTo(long start, Span<float> values)
    {
        fixed (float* leftStart = left)
        fixed (float* rightStart = right)
        fixed (float* place = values)
        {
            for (long done = 0; done < values.Length;)
            {
                (long row, long column) = Math.DivRem(start + done, columns);
                // Whole rows go together, so that Right is gone through once for all of them.
                long rows = column == 0 ? Math.Max((values.Length - done) / columns, 1) : 1;
                long width = Math.Min(columns - column, values.Length - done);
                ChunkKernels.Best.AddLowRank(leftStart + (row * rank), rightStart + column, columns, rank, scale, place + done, rows, width);
                done += ((rows - 1) * columns) + width;
            }
        }
    }
}
