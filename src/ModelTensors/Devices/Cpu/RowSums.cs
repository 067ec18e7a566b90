using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>Sums for each row of a tensor. A row that lies in several segments is the sum of its parts, added in order.</summary>
internal sealed class RowSums(Segments segments, VectorLayout rows, int sums)
{
    // Of the rows that have a part in a segment only the first can have begun in an earlier one: all others are that segment's to write.
    private readonly double[] _begun = new double[VectorMemory.Length(rows, sums)];
    private readonly double[] _continued = new double[segments.Count * sums];

    /// <summary>Gets the number of elements of a row.</summary>
    public long RowLength => rows.Length;

    /// <summary>Takes what a row has in a segment; once for each.</summary>
    public void Add(int segment, long row, ReadOnlySpan<double> lanes)
    {
        bool isBegun = row * RowLength >= segments.Start(segment);
        Span<double> place = isBegun ? _begun.AsSpan((int)row * sums, sums) : _continued.AsSpan(segment * sums, sums);
        for (int sum = 0; sum < sums; sum++)
        {
            place[sum] = SegmentSums.Add(lanes.Slice(sum * ChunkKernels.Step, ChunkKernels.Step));
        }
    }

    /// <summary>Adds what rows have in later segments, and returns the sums of all rows, one row after the other. To be called once.</summary>
    public double[] Totals()
    {
        for (int segment = 1; segment < segments.Count; segment++)
        {
            (long row, long column) = Math.DivRem(segments.Start(segment), RowLength);
            for (int sum = 0; column > 0 && sum < sums; sum++)
            {
                _begun[((int)row * sums) + sum] += _continued[(segment * sums) + sum];
            }
        }

        return _begun;
    }
}
