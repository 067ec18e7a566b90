using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Numbers for each row, a run of the last dimension. Workers take groups of rows in turn; a row belongs to one of them, so no order matters.</content>
internal sealed unsafe partial class CpuSession
{
    private const int Lanes = ChunkKernels.Step;

    private delegate void PieceAction(float* values, float* others, int count);

    public override double[] RowDivergences(int input, int other, double smoothing)
    {
        if (!(smoothing > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(smoothing), smoothing, "Smoothing is above 0.");
        }

        ThrowIfCanceled();
        TensorShape shape = Inputs[0].Shape;
        long length = shape.Rank == 0 ? 1 : shape.Dimensions[^1];
        double[] divergences = new double[length == 0 ? 0 : checked((int)(shape.ElementCount / length))];
        if (divergences.Length == 0)
        {
            return divergences;
        }

        int[] used = Used([input, other], -1);
        int workers = _device.Options.Threads;
        int tile = TileElements(used, null, workers);
        int group = (int)Math.Clamp(tile / length, 1, divergences.Length);
        long next = -1;
        _device.Run((int)Math.Min(workers, (divergences.Length + (long)group - 1) / group), (_, failure) =>
        {
            // NaN and infinities are counted by the other passes, once.
            using ChunkFeed feed = new(this, new ComputeGate(null), used, new bool[used.Length], null, tile, null, 0);
            for (long first; !failure.HasFailed && (first = Interlocked.Increment(ref next) * group) < divergences.Length;)
            {
                long end = Math.Min(divergences.Length, first + group);
                feed.Open(first * length, end * length);
                for (long row = first; row < end; row++)
                {
                    divergences[row] = Divergence(new Row(feed, input, other, row * length, length, length > tile), smoothing);
                }
            }
        });

        return divergences;
    }

    private static double Divergence(Row row, double smoothing)
    {
        float* largest = stackalloc float[2 * Lanes];
        double* sums = stackalloc double[3 * Lanes];
        new Span<float>(largest, 2 * Lanes).Fill(float.NegativeInfinity);
        new Span<double>(sums, 3 * Lanes).Clear();
        row.ForEach((values, others, count) =>
        {
            SoftmaxKernels.Largest(values, largest, count);
            SoftmaxKernels.Largest(others, largest + Lanes, count);
        });
        double top = Largest(largest);
        double otherTop = Largest(largest + Lanes);
        row.ForEach((values, others, count) =>
        {
            SoftmaxKernels.AddExponentials(values, top, sums, count);
            SoftmaxKernels.AddExponentials(others, otherTop, sums + Lanes, count);
        });
        SoftmaxScale scale = new(top, SegmentSums.Add(new Span<double>(sums, Lanes)));
        SoftmaxScale otherScale = new(otherTop, SegmentSums.Add(new Span<double>(sums + Lanes, Lanes)));
        row.ForEach((values, others, count) =>
            SoftmaxKernels.AddDivergences(values, scale, others, otherScale, smoothing, sums + (2 * Lanes), count));

        // Rounding could undershoot zero.
        return Math.Max(0, SegmentSums.Add(new Span<double>(sums + (2 * Lanes), Lanes)));
    }

    private static double Largest(float* lanes)
    {
        float largest = lanes[0];
        for (int lane = 1; lane < Lanes; lane++)
        {
            largest = Math.Max(largest, lanes[lane]);
        }

        return largest;
    }

    /// <summary>One row of two inputs, which a worker goes through several times.</summary>
    /// <param name="feed">The worker's feed, opened for the row.</param>
    /// <param name="input">One input.</param>
    /// <param name="other">The other.</param>
    /// <param name="start">The index of the row's first element.</param>
    /// <param name="length">The number of its elements.</param>
    /// <param name="isLong">Whether the row is longer than a tile, and has to be read again each time.</param>
    private readonly struct Row(ChunkFeed feed, int input, int other, long start, long length, bool isLong)
    {
        public void ForEach(PieceAction action)
        {
            if (isLong)
            {
                feed.Open(start, start + length);
            }

            for (long done = 0; done < length; done += ChunkKernels.Capacity)
            {
                int count = (int)Math.Min(ChunkKernels.Capacity, length - done);
                int padding = -count & (Lanes - 1);
                feed.Fill(start + done, count);
                new Span<float>((float*)feed.Input(input) + count, padding).Fill(float.NegativeInfinity);
                new Span<float>((float*)feed.Input(other) + count, padding).Fill(float.NegativeInfinity);
                action((float*)feed.Input(input), (float*)feed.Input(other), count);
            }
        }
    }
}
