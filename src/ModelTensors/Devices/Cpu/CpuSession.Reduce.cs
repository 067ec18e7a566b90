using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>Reductions: sixteen lanes of doubles for each segment, summed lane by lane, then segment by segment.</content>
internal sealed unsafe partial class CpuSession
{
    // Four models' elements and their differences fit the first-level cache together.
    private const int GramRun = 1024;

    private delegate bool KeptKernel(ChunkFeed feed, int vector, ushort* mask, float** chunks, int count);

    private delegate void KeptAction(int vector, int segment, float** chunks, int count);

    public override GramMatrix Gram(IReadOnlyList<int> inputs, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        SegmentSums sums = new(Segments, PairCount(inputs.Count));
        Run(GramPass(inputs, origin) with { Run = GramKernels.Takes(inputs.Count) ? DenseRun : GramRun }, _ => (feed, segment, _, elements) =>
        {
            fixed (double* lanes = sums.Lanes(segment))
            {
                return AddGram(feed, inputs, origin, lanes, elements);
            }
        });

        return new GramMatrices(inputs.Count, [.. Enumerable.Range(0, PairCount(inputs.Count)).Select(sums.Total)])[0];
    }

    public override IReadOnlyList<MagnitudeSums> SumMagnitudes(IReadOnlyList<TaskVector> vectors, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        SegmentSums sums = new(Segments, 2 * vectors.Count);
        RunKept(vectors, origin, 2, (feed, vector, mask, scratch, count) => feed.Kernels.KeptMagnitudes(
            feed.Input(vectors[vector].Input), feed.Origin(origin), mask, scratch[0], scratch[1], count), (vector, segment, scratch, count) =>
        {
            fixed (double* allSums = sums.Lanes(segment, 2 * vector))
            fixed (double* keptSums = sums.Lanes(segment, (2 * vector) + 1))
            {
                Kernels.AddPairSums(scratch[0], scratch[1], allSums, keptSums, count);
            }
        });
        return [.. vectors.Select((_, i) => new MagnitudeSums(sums.Total(2 * i), sums.Total((2 * i) + 1)))];
    }

    public override IReadOnlyList<double> SumSquares(IReadOnlyList<TaskVector> vectors, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        SegmentSums sums = new(Segments, vectors.Count);
        RunKept(vectors, origin, 1, (feed, vector, mask, scratch, count) => feed.Kernels.KeptDeltas(
            feed.Input(vectors[vector].Input), feed.Origin(origin), mask, scratch[0], count), (vector, segment, scratch, count) =>
        {
            fixed (double* squares = sums.Lanes(segment, vector))
            {
                Kernels.AddSquares(scratch[0], squares, count);
            }
        });
        return [.. vectors.Select((_, i) => sums.Total(i))];
    }

    /// <summary>Brings what is kept of each task vector chunk by chunk to a sum.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <param name="origin">The input that is subtracted, or -1.</param>
    /// <param name="chunks">The number of chunks that are written for each task vector.</param>
    /// <param name="write">Writes them.</param>
    /// <param name="add">Adds them to the sum.</param>
    private void RunKept(IReadOnlyList<TaskVector> vectors, int origin, int chunks, KeptKernel write, KeptAction add)
    {
        int scratch = chunks * vectors.Count;
        SelectionMask? selected = Selected(vectors, origin);
        Pass whole = new(Used(vectors, origin), null, scratch + SparseMasks.Chunks(vectors.Count));
        ForEachWindow(vectors, origin, rescales: false, window => Run(whole with { Start = window.Start, End = window.End }, feed =>
        {
            SparseMasks masks = new(feed, scratch, vectors, window.Masks, selected, origin, Segments.ElementCount);
            return (_, segment, start, count) =>
            {
                masks.MoveTo(segment, start);
                bool finite = true;
                fixed (nint* own = feed.Scratch)
                {
                    for (int i = 0; i < vectors.Count; i++)
                    {
                        finite &= write(feed, i, masks.Mask(feed, i, count), (float**)own + (chunks * i), count);
                    }

                    for (int i = 0; i < vectors.Count && (finite || !feed.IsStored); i++)
                    {
                        add(i, segment, (float**)own + (chunks * i), count);
                    }
                }

                return finite;
            };
        }));
        selected?.Complete();
    }

    /// <summary>
    /// Returns the bits of the one selection that decides all task vectors by keys that have to be computed: the pass writes them for the next, if they are
    /// not those that the last has written and memory allows.
    /// </summary>
    private SelectionMask? Selected(IReadOnlyList<TaskVector> vectors, int origin)
    {
        Sparsifier sparsifier = vectors.Count == 0 ? Sparsifier.KeepAll : vectors[0].Sparsifier;
        if (sparsifier is not KeepSelectedSparsifier { Selection.Key: not MagnitudeKey }
            || !vectors.All(vector => ReferenceEquals(vector.Sparsifier, sparsifier))
            || SelectionMask.Bytes(Segments.ElementCount) > CpuMemory.Decisions(_device.Options))
        {
            return null;
        }

        if (_selected?.IsOf(sparsifier, origin) != true)
        {
            Forget();
            _selected = new SelectionMask(sparsifier, origin, Segments.ElementCount);
        }

        return _selected;
    }

    private static int[] Used(IEnumerable<TaskVector> vectors, int origin) =>
        Used(vectors.SelectMany(vector => vector.Sparsifier.Inputs.Append(vector.Input)), origin);

    private static int[] Used(IEnumerable<int> inputs, int origin) => [.. (origin < 0 ? inputs : inputs.Append(origin)).Distinct()];

    private static int PairCount(int inputs) => inputs * (inputs + 1) / 2;

    private static Pass GramPass(IReadOnlyList<int> inputs, int origin) => new(Used(inputs, origin), null, inputs.Count);

    /// <summary>Adds the inner products of a chunk's differences; nothing where they are not finite and the chunk is seen as it is stored.</summary>
    private bool AddGram(ChunkFeed feed, IReadOnlyList<int> inputs, int origin, double* lanes, int count)
    {
        if (GramKernels.Takes(inputs.Count) && count % GramKernels.Pair == 0)
        {
            bool added = AddGram(feed, 0, inputs, origin, lanes, count);
            if (added || feed.IsStored)
            {
                return added;
            }
        }

        nint* vectors = stackalloc nint[inputs.Count];
        bool finite = Vectors(feed, inputs, origin, vectors, count);
        if (finite || !feed.IsStored)
        {
            Kernels.AddGram((float**)vectors, inputs.Count, lanes, count);
        }

        return finite;
    }

    /// <summary>Adds the inner products of the differences of a chunk's elements from the first on that are wanted, if they are finite.</summary>
    private static bool AddGram(ChunkFeed feed, int first, IReadOnlyList<int> inputs, int origin, double* lanes, int count)
    {
        nint skipped = (nint)first * feed.Kernels.ElementSize;
        nint* vectors = stackalloc nint[inputs.Count];
        Gather(feed, inputs, vectors, skipped);
        return feed.Kernels.Gram.TryAdd(origin < 0 ? null : (byte*)feed.Input(origin) + skipped, (void**)vectors, inputs.Count, lanes, count);
    }

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
