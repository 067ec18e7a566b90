using System.Runtime.Intrinsics;
using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>The accumulators of a reduction: for each segment and each sum, sixteen lanes. A segment belongs to one worker at a time.</summary>
internal sealed class SegmentSums(Segments segments, int sums)
{
    // Two cache lines between segments: workers accumulate in neighbouring ones.
    private readonly int _stride = (sums + 1) * ChunkKernels.Step;
    private readonly double[] _lanes = new double[segments.Count * (sums + 1) * ChunkKernels.Step];

    /// <summary>Gets the lanes of one sum in one segment.</summary>
    public Span<double> Lanes(int segment, int sum) => _lanes.AsSpan((segment * _stride) + (sum * ChunkKernels.Step), ChunkKernels.Step);

    /// <summary>Gets the lanes of all sums in one segment, one sum after the other.</summary>
    public Span<double> Lanes(int segment) => _lanes.AsSpan(segment * _stride, sums * ChunkKernels.Step);

    /// <summary>Adds the lanes of each segment pairwise, and the segments in order.</summary>
    public double Total(int sum)
    {
        double total = 0;
        for (int segment = 0; segment < segments.Count; segment++)
        {
            total += Add(Lanes(segment, sum));
        }

        return total;
    }

    /// <summary>Adds sixteen lanes pairwise.</summary>
    public static double Add(ReadOnlySpan<double> lanes)
    {
        Vector512<double> eight = Vector512.Create(lanes) + Vector512.Create(lanes[Vector512<double>.Count..]);
        Vector256<double> four = eight.GetLower() + eight.GetUpper();
        Vector128<double> two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
    }
}
