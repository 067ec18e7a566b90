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

    /// <summary>Adds the lanes of each segment pairwise, and the segments in order.</summary>
    public double Total(int sum)
    {
        double total = 0;
        Span<double> tree = stackalloc double[ChunkKernels.Step];
        for (int segment = 0; segment < segments.Count; segment++)
        {
            Lanes(segment, sum).CopyTo(tree);
            total += AddLanes(tree);
        }

        return total;
    }

    /// <summary>Adds sixteen lanes pairwise; they are overwritten.</summary>
    public static double AddLanes(Span<double> lanes)
    {
        for (int half = ChunkKernels.Step / 2; half > 0; half /= 2)
        {
            for (int lane = 0; lane < half; lane++)
            {
                lanes[lane] += lanes[lane + half];
            }
        }

        return lanes[0];
    }
}
