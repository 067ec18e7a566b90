using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Reductions: sixteen lanes of doubles for each segment, summed lane by lane, then segment by segment.</content>
internal sealed unsafe partial class CpuSession
{
    private delegate void KeptAction(int vector, int segment, float* all, float* kept, int count);

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
        RunKept(vectors, origin, (vector, segment, all, kept, count) =>
        {
            fixed (double* allSums = sums.Lanes(segment, 2 * vector))
            fixed (double* keptSums = sums.Lanes(segment, (2 * vector) + 1))
            {
                Kernels.AddPairSums(all, kept, allSums, keptSums, count);
            }
        });
        return [.. vectors.Select((_, i) => new MagnitudeSums(sums.Total(2 * i), sums.Total((2 * i) + 1)))];
    }

    public override IReadOnlyList<double> SumSquares(IReadOnlyList<TaskVector> vectors, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        SegmentSums sums = new(Segments, vectors.Count);
        RunKept(vectors, origin, (vector, segment, _, kept, count) =>
        {
            fixed (double* squares = sums.Lanes(segment, vector))
            {
                Kernels.AddProducts(kept, kept, squares, count);
            }
        });
        return [.. vectors.Select((_, i) => sums.Total(i))];
    }

    /// <summary>Brings the magnitudes of each task vector, all and those kept, chunk by chunk to a sum.</summary>
    private void RunKept(IReadOnlyList<TaskVector> vectors, int origin, KeptAction add)
    {
        int scratch = 2 * vectors.Count;
        Run(new Pass(Used(vectors, origin), null, scratch + SparseMasks.Chunks(vectors.Count)), feed =>
        {
            SparseMasks masks = new(feed, scratch, vectors, origin, Segments.ElementCount);
            return (_, segment, start, count) =>
            {
                masks.MoveTo(segment, start);
                bool finite = true;
                for (int i = 0; i < vectors.Count; i++)
                {
                    finite &= feed.Kernels.KeptMagnitudes(
                        feed.Input(vectors[i].Input),
                        feed.Origin(origin),
                        masks.Mask(feed, i, count),
                        (float*)feed.Scratch[2 * i],
                        (float*)feed.Scratch[(2 * i) + 1],
                        count);
                }

                for (int i = 0; i < vectors.Count && (finite || !feed.IsStored); i++)
                {
                    add(i, segment, (float*)feed.Scratch[2 * i], (float*)feed.Scratch[(2 * i) + 1], count);
                }

                return finite;
            };
        });
    }

    private static int[] Used(IEnumerable<TaskVector> vectors, int origin) =>
        Used(vectors.SelectMany(vector => vector.Sparsifier.Inputs.Append(vector.Input)), origin);

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
