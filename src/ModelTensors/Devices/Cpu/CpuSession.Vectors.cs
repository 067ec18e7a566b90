using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Passes over the vectors of a tensor, each by itself.</content>
internal sealed unsafe partial class CpuSession
{
    public override GramMatrices Gram(IReadOnlyList<int> inputs, VectorAxis axis, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        VectorLayout layout = new(Inputs[0].Shape, axis);
        return layout.IsInterleaved ? GramOfColumns(inputs, layout, origin) : GramOfRows(inputs, layout, origin);
    }

    private GramMatrices GramOfRows(IReadOnlyList<int> inputs, VectorLayout layout, int origin)
    {
        RowSums sums = new(Segments, layout, PairCount(inputs.Count));
        Run(GramPass(inputs, origin), _ =>
        {
            double[] lanes = new double[PairCount(inputs.Count) * ChunkKernels.Step];
            return (feed, segment, start, count) =>
            {
                nint* vectors = stackalloc nint[inputs.Count];
                bool finite = Vectors(feed, inputs, origin, vectors, count);
                if (finite || !feed.IsStored)
                {
                    AddRows((float**)vectors, inputs.Count, sums, lanes, segment, start, count);
                }

                return finite;
            };
        });

        return new GramMatrices(inputs.Count, sums.Totals());
    }

    /// <summary>Adds a chunk row by row; what a row has in the segment is summed in lanes of its own.</summary>
    private void AddRows(float** vectors, int vectorCount, RowSums sums, double[] lanes, int segment, long start, int count)
    {
        float** pieces = stackalloc float*[vectorCount];
        for (int done = 0; done < count;)
        {
            (long row, long column) = Math.DivRem(start + done, sums.RowLength);
            int piece = (int)Math.Min(count - done, sums.RowLength - column);
            for (int i = 0; i < vectorCount; i++)
            {
                pieces[i] = vectors[i] + done;
            }

            fixed (double* first = lanes)
            {
                Kernels.AddGram(pieces, vectorCount, first, piece);
            }

            done += piece;
            if (column + piece == sums.RowLength || start + done == Segments.End(segment))
            {
                sums.Add(segment, row, lanes);
                Array.Clear(lanes);
            }
        }
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
