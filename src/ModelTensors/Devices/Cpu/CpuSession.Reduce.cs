using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Reductions: sixteen lanes of doubles for each segment, summed lane by lane, then segment by segment.</content>
internal sealed unsafe partial class CpuSession
{
    // Four models' elements and their differences fit the first-level cache together.
    private const int GramRun = 1024;

    public override GramMatrix Gram(IReadOnlyList<int> inputs, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        SegmentSums sums = new(Segments, PairCount(inputs.Count));
        Run(GramPass(inputs, origin) with { Run = GramRun }, _ => (feed, segment, _, elements) =>
        {
            nint* vectors = stackalloc nint[inputs.Count];
            bool finite = Vectors(feed, inputs, origin, vectors, elements);
            if (finite || !feed.IsStored)
            {
                fixed (double* lanes = sums.Lanes(segment))
                {
                    Kernels.AddGram((float**)vectors, inputs.Count, lanes, elements);
                }
            }

            return finite;
        });

        return new GramMatrices(inputs.Count, [.. Enumerable.Range(0, PairCount(inputs.Count)).Select(sums.Total)])[0];
    }

    public override IReadOnlyList<MagnitudeSums> SumMagnitudes(IReadOnlyList<TaskVector> vectors, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        SegmentSums sums = new(Segments, 2 * vectors.Count);
        Run(new Pass(Used(vectors.Select(vector => vector.Input), origin), null, 2 * vectors.Count), _ => (feed, segment, start, count) =>
        {
            bool finite = true;
            for (int i = 0; i < vectors.Count; i++)
            {
                TaskVector vector = vectors[i];
                float* all = (float*)feed.Scratch[2 * i];
                float* kept = (float*)feed.Scratch[(2 * i) + 1];
                finite &= feed.Kernels.Magnitudes(feed.Input(vector.Input), feed.Origin(origin), all, count);

                // The magnitudes are floats now, to be made sparse as differences from nothing.
                switch (vector.Sparsifier)
                {
                    case KeepSelectedSparsifier { Selection: var selection }:
                        // The threshold itself tells what the ties are worth, so none needs to be decided here.
                        Kernels.Singles.DeltaAbove(all, feed.Origin(-1), 1, (int)selection.ThresholdBits, kept, count);
                        break;
                    case KeepRandomSparsifier random:
                        Kernels.Singles.DeltaRandom(all, feed.Origin(-1), 1, random.Key, start / PassKernels.Block, random.Limit, kept, count);
                        break;
                }
            }

            if (finite || !feed.IsStored)
            {
                for (int i = 0; i < vectors.Count; i++)
                {
                    fixed (double* all = sums.Lanes(segment, 2 * i))
                    fixed (double* kept = sums.Lanes(segment, (2 * i) + 1))
                    {
                        Kernels.AddPairSums((float*)feed.Scratch[2 * i], (float*)feed.Scratch[(2 * i) + 1], all, kept, count);
                    }
                }
            }

            return finite;
        });

        return [.. vectors.Select((vector, i) =>
        {
            double all = sums.Total(2 * i);
            return new MagnitudeSums(all, vector.Sparsifier switch
            {
                KeepAllSparsifier => all,
                KeepSelectedSparsifier { Selection: var selection } => sums.Total((2 * i) + 1) + ((double)selection.TiesKept * selection.Threshold),
                _ => sums.Total((2 * i) + 1),
            });
        })];
    }

    private static int[] Used(IEnumerable<int> inputs, int origin) => [.. (origin < 0 ? inputs : inputs.Append(origin)).Distinct()];

    private static int PairCount(int inputs) => inputs * (inputs + 1) / 2;

    private static Pass GramPass(IReadOnlyList<int> inputs, int origin) => new(Used(inputs, origin), null, inputs.Count);

    /// <summary>Writes the chunk's differences from an origin, or from zeros, as floats; false where one is not finite.</summary>
    private static bool Vectors(ChunkFeed feed, IReadOnlyList<int> inputs, int origin, nint* vectors, int count)
    {
        for (int i = 0; i < inputs.Count; i++)
        {
            vectors[i] = (nint)feed.Input(inputs[i]);
        }

        fixed (nint* differences = feed.Scratch)
        {
            bool finite = feed.Kernels.Differences(feed.Origin(origin), (void**)vectors, inputs.Count, (float**)differences, count);
            new Span<nint>(differences, inputs.Count).CopyTo(new Span<nint>(vectors, inputs.Count));
            return finite;
        }
    }
}
