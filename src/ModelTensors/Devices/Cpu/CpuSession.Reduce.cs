using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Reductions: sixteen lanes of doubles for each segment, summed lane by lane, then segment by segment.</content>
internal sealed unsafe partial class CpuSession
{
    public override GramMatrix Gram(IReadOnlyList<int> inputs, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        int count = inputs.Count;
        (int Left, int Right)[] pairs = [.. from right in Enumerable.Range(0, count) from left in Enumerable.Range(0, right + 1) select (left, right)];
        SegmentSums sums = new(Segments, pairs.Length);
        Run(new Pass(Used(inputs, origin), null, origin < 0 ? 0 : count) { Floats = origin < 0 }, _ => (feed, segment, _, elements) =>
        {
            bool finite = true;
            nint* vectors = stackalloc nint[count];
            for (int i = 0; i < count; i++)
            {
                vectors[i] = origin < 0 ? (nint)feed.Input(inputs[i]) : feed.Scratch[i];
                finite &= origin < 0 || feed.Kernels.Delta(feed.Input(inputs[i]), feed.Input(origin), 1, (float*)vectors[i], elements);
            }

            if (finite || !feed.IsStored)
            {
                AddProducts((float**)vectors, pairs, sums, segment, elements);
            }

            return finite;
        });

        double[,] products = new double[count, count];
        for (int pair = 0; pair < pairs.Length; pair++)
        {
            (int left, int right) = pairs[pair];
            products[left, right] = products[right, left] = sums.Total(pair);
        }

        return new GramMatrix(products);
    }

    public override IReadOnlyList<MagnitudeSums> SumMagnitudes(IReadOnlyList<TaskVector> vectors, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        SegmentSums sums = new(Segments, 2 * vectors.Count);
        Pass whole = new(Used(vectors.Select(vector => vector.Input), origin), null, 2 * vectors.Count);
        ForEachWindow(vectors, origin, rescales: false, window => Run(whole with { Start = window.Start, End = window.End }, _ => (feed, segment, start, count) =>
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
                    case KeepByRankSparsifier:
                        Kernels.Singles.DeltaMasked(all, feed.Origin(-1), 1, (byte*)window.Masks[i]!.At(start), kept, count);
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
        }));

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

    private void AddProducts(float** vectors, (int Left, int Right)[] pairs, SegmentSums sums, int segment, int count)
    {
        if (pairs.Length == 3)
        {
            fixed (double* first = sums.Lanes(segment, 0))
            fixed (double* mixed = sums.Lanes(segment, 1))
            fixed (double* second = sums.Lanes(segment, 2))
            {
                Kernels.AddPairProducts(vectors[0], vectors[1], first, mixed, second, count);
            }

            return;
        }

        for (int pair = 0; pair < pairs.Length; pair++)
        {
            fixed (double* lanes = sums.Lanes(segment, pair))
            {
                Kernels.AddProducts(vectors[pairs[pair].Left], vectors[pairs[pair].Right], lanes, count);
            }
        }
    }
}
