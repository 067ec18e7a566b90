using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Passes over the vectors of a tensor, each by itself.</content>
internal sealed unsafe partial class CpuSession
{
    private delegate bool RowAction(int first, int count, double* lanes);

    public override GramMatrices Gram(IReadOnlyList<int> inputs, VectorAxis axis, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        VectorLayout layout = new(Inputs[0].Shape, axis);
        return layout.IsInterleaved ? GramOfColumns(inputs, layout, origin) : GramOfRows(inputs, layout, origin);
    }

    private GramMatrices GramOfRows(IReadOnlyList<int> inputs, VectorLayout layout, int origin)
    {
        RowSums sums = new(Segments, layout, PairCount(inputs.Count));
        bool isDirect = GramKernels.Takes(inputs.Count) && IsInPairs(layout);
        Run(GramPass(inputs, origin) with { Run = isDirect ? DenseRun : ChunkKernels.Capacity }, feed =>
        {
            double[] lanes = new double[PairCount(inputs.Count) * ChunkKernels.Step];
            double[] begun = new double[lanes.Length];
            bool AddDirectly(int first, int count, double* row) => AddGram(feed, first, inputs, origin, row, count);
            bool AddVectors(int first, int count, double* row)
            {
                float** vectors = stackalloc float*[inputs.Count];
                for (int i = 0; i < inputs.Count; i++)
                {
                    vectors[i] = (float*)feed.Scratch[i] + first;
                }

                Kernels.AddGram(vectors, inputs.Count, row, count);
                return true;
            }

            return (_, segment, start, count) =>
            {
                if (isDirect)
                {
                    lanes.CopyTo(begun, 0);
                    if (AddRows(AddDirectly, sums, lanes, segment, start, count))
                    {
                        return true;
                    }

                    // Rows that ended before what is not finite are only written once more.
                    begun.CopyTo(lanes, 0);
                    if (feed.IsStored)
                    {
                        return false;
                    }
                }

                nint* vectors = stackalloc nint[inputs.Count];
                bool finite = Vectors(feed, inputs, origin, vectors, count);
                return (finite || !feed.IsStored) && AddRows(AddVectors, sums, lanes, segment, start, count) && finite;
            };
        });

        return new GramMatrices(inputs.Count, sums.Totals());
    }

    /// <summary>Adds a chunk row by row, until that fails; what a row has in the segment is summed in lanes of its own.</summary>
    private bool AddRows(RowAction add, RowSums sums, double[] lanes, int segment, long start, int count)
    {
        for (int done = 0; done < count;)
        {
            (long row, long column) = Math.DivRem(start + done, sums.RowLength);
            int piece = (int)Math.Min(count - done, sums.RowLength - column);
            fixed (double* first = lanes)
            {
                if (!add(done, piece, first))
                {
                    return false;
                }
            }

            done += piece;
            if (column + piece == sums.RowLength || start + done == Segments.End(segment))
            {
                sums.Add(segment, row, lanes);
                Array.Clear(lanes);
            }
        }

        return true;
    }

    private GramMatrices GramOfColumns(IReadOnlyList<int> inputs, VectorLayout layout, int origin)
    {
        ColumnSums sums = new(Segments, layout, PairCount(inputs.Count));
        Run(GramPass(inputs, origin) with { SegmentsAtOnce = sums.SegmentsAtOnce }, _ => (feed, part, start, count) =>
        {
            nint* vectors = stackalloc nint[inputs.Count];
            bool finite = Vectors(feed, inputs, origin, vectors, count);
            if (finite || !feed.IsStored)
            {
                AddColumns((float**)vectors, inputs.Count, sums, part, start, count);
            }

            return finite;
        });

        return new GramMatrices(inputs.Count, sums.Totals());
    }

    /// <summary>Adds a chunk to the sums of the columns that its elements belong to.</summary>
    private void AddColumns(float** vectors, int vectorCount, ColumnSums sums, int part, long start, int count)
    {
        for (int done = 0, piece; done < count; done += piece)
        {
            int column = (int)((start + done) % sums.Columns);
            piece = Math.Min(count - done, sums.Columns - column);
            for (int right = 0, pair = 0; right < vectorCount; right++)
            {
                for (int left = 0; left <= right; left++, pair++)
                {
                    fixed (double* first = sums.Of(part, pair, column, piece))
                    {
                        Kernels.AddProductsEach(vectors[left] + done, vectors[right] + done, first, piece);
                    }
                }
            }
        }
    }

    private void RunVectorSum(VectorSumMap map, TensorSink output)
    {
        VectorLayout layout = new(output.Shape, map.Axis);
        int[] inputs = [.. map.Terms.Select(term => term.Input)];
        if (map.Terms.Any(term => term.Weights.Length != layout.Count))
        {
            string lengths = string.Join(", ", map.Terms.Select(term => term.Weights.Length));
            throw new ArgumentException($"A tensor {output.Shape} has {layout.Count} vectors along its {map.Axis}, but there are weights for {lengths}.", nameof(map));
        }

        if (!layout.IsInterleaved && IsInPairs(layout))
        {
            RunRowSum(map, layout, inputs, output);
            return;
        }

        Run(new Pass(Used(inputs, map.Origin), output, inputs.Length), _ => (feed, _, start, count) =>
        {
            nint* vectors = stackalloc nint[inputs.Length];
            Gather(feed, inputs, vectors);
            for (int i = 0; i < inputs.Length; i++)
            {
                Spread(map.Terms[i].Weights.Span, layout, start, new Span<float>((float*)feed.Scratch[i], count));
            }

            fixed (nint* weights = feed.Scratch)
            {
                return map.Origin < 0
                    ? feed.Kernels.WeightedSumEach((void**)vectors, (float**)weights, inputs.Length, feed.Result, count)
                    : feed.Kernels.AddDeltasEach(feed.Input(map.Origin), (void**)vectors, (float**)weights, inputs.Length, feed.Result, count);
            }
        });
    }

    /// <summary>Runs the sum of rows row by row, each with its own weights.</summary>
    private void RunRowSum(VectorSumMap map, VectorLayout rows, int[] inputs, TensorSink output) =>
        Run(new Pass(Used(inputs, map.Origin), output, 0) { Run = DenseRun }, _ => (feed, _, start, count) =>
        {
            nint* vectors = stackalloc nint[inputs.Length];
            float* weights = stackalloc float[inputs.Length];
            bool finite = true;
            for (int done = 0, piece; done < count; done += piece)
            {
                (long row, long column) = Math.DivRem(start + done, rows.Length);
                piece = (int)Math.Min(count - done, rows.Length - column);
                for (int i = 0; i < inputs.Length; i++)
                {
                    weights[i] = map.Terms[i].Weights.Span[(int)row];
                }

                nint skipped = (nint)done * feed.Kernels.ElementSize;
                Gather(feed, inputs, vectors, skipped);
                void* result = (byte*)feed.Result + skipped;
                finite &= map.Origin < 0
                    ? feed.Kernels.WeightedSum((void**)vectors, weights, inputs.Length, result, piece)
                    : feed.Kernels.AddDeltas((byte*)feed.Input(map.Origin) + skipped, (void**)vectors, weights, inputs.Length, result, piece);
            }

            return finite;
        });

    /// <summary>Returns whether a chunk's part of each row is whole pairs of steps, which kernels process as they lie there.</summary>
    private static bool IsInPairs(VectorLayout rows) => rows.Length % GramKernels.Pair == 0;

    /// <summary>Writes for each element of a chunk the weight of its vector.</summary>
    private static void Spread(ReadOnlySpan<float> weights, VectorLayout layout, long start, Span<float> destination)
    {
        long period = layout.IsInterleaved ? layout.Count : layout.Length;
        for (int done = 0; done < destination.Length;)
        {
            (long row, long column) = Math.DivRem(start + done, period);
            int piece = (int)Math.Min(destination.Length - done, period - column);
            if (layout.IsInterleaved)
            {
                weights.Slice((int)column, piece).CopyTo(destination[done..]);
            }
            else
            {
                destination.Slice(done, piece).Fill(weights[(int)row]);
            }

            done += piece;
        }
    }
}
