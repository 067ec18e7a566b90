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
        Run(Used(inputs, origin), null, origin < 0 ? 0 : count, feed =>
        {
            nint[] vectors = origin < 0 ? [.. inputs.Select(input => feed.Inputs[input])] : feed.Scratch;
            return (_, segment, _, elements) =>
            {
                if (origin >= 0)
                {
                    for (int i = 0; i < count; i++)
                    {
                        Kernels.Delta(feed.Input(inputs[i]), feed.Input(origin), 1, (float*)vectors[i], elements);
                        ClearPadding((float*)vectors[i], elements);
                    }
                }

                if (count == 2)
                {
                    fixed (double* first = sums.Lanes(segment, 0))
                    fixed (double* mixed = sums.Lanes(segment, 1))
                    fixed (double* second = sums.Lanes(segment, 2))
                    {
                        Kernels.AddPairProducts((float*)vectors[0], (float*)vectors[1], first, mixed, second, elements);
                    }

                    return;
                }

                for (int pair = 0; pair < pairs.Length; pair++)
                {
                    fixed (double* lanes = sums.Lanes(segment, pair))
                    {
                        Kernels.AddProducts((float*)vectors[pairs[pair].Left], (float*)vectors[pairs[pair].Right], lanes, elements);
                    }
                }
            };
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
        Run(Used(vectors.Select(vector => vector.Input), origin), null, 1, _ => (feed, segment, start, count) =>
        {
            float* scratch = (float*)feed.Scratch[0];
            for (int i = 0; i < vectors.Count; i++)
            {
                TaskVector vector = vectors[i];
                Kernels.Delta(feed.Input(vector.Input), feed.Origin(origin), 1, scratch, count);
                AddMagnitudes(scratch, sums, segment, 2 * i, count);
                switch (vector.Sparsifier)
                {
                    case KeepSelectedSparsifier { Selection: var selection }:
                        // The threshold itself tells what the ties are worth, so none needs to be decided here.
                        TieCursor none = TieCursor.None;
                        Kernels.DeltaAbove(feed.Input(vector.Input), feed.Origin(origin), 1, selection.ThresholdBits, ref none, scratch, count);
                        AddMagnitudes(scratch, sums, segment, (2 * i) + 1, count);
                        break;
                    case KeepRandomSparsifier random:
                        Kernels.DeltaRandom(
                            feed.Input(vector.Input), feed.Origin(origin), 1, random.Key, start / Philox.ElementsPerBlock, random.Limit, scratch, count);
                        AddMagnitudes(scratch, sums, segment, (2 * i) + 1, count);
                        break;
                }
            }
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

    private static void ClearPadding(float* values, int count) => new Span<float>(values + count, -count & (ChunkKernels.Step - 1)).Clear();

    private void AddMagnitudes(float* values, SegmentSums sums, int segment, int index, int count)
    {
        ClearPadding(values, count);
        fixed (double* lanes = sums.Lanes(segment, index))
        {
            Kernels.AddMagnitudes(values, lanes, count);
        }
    }
}
