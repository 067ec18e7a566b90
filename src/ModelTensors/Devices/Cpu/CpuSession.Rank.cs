using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>
/// Ranks within rows, and what sparsifiers by rank decide with them. Decisions are kept as bits for the whole tensor while they fit their share of the
/// working memory, so that ranking once serves several passes; else each pass goes window by window, ranking the rows of one before it reads it.
/// </content>
internal sealed unsafe partial class CpuSession
{
    // So many factors stay in the last-level cache until the pass reads them. More where rows are longer: those that a window cuts are ranked twice.
    private const long ShortestFactors = 1 << 19;

    private (int Input, int Origin, Sparsifier Sparsifier)[] _decided = [];
    private RankedMask?[] _decisions = [];
    private SelectionMask? _selected;

    public override void RankRows(IReadOnlyList<int> inputs, RankedRun consumer, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(consumer);
        RankRows([.. inputs], consumer, origin, 0, Segments.ElementCount);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Forget();
        }

        base.Dispose(disposing);
    }

    /// <summary>Ranks the rows that have elements in a range.</summary>
    private void RankRows(int[] inputs, RankedRun consumer, int origin, long start, long end)
    {
        ThrowIfCanceled();
        if (start == end || inputs.Length == 0)
        {
            return;
        }

        int[] used = origin < 0 ? inputs : [.. inputs, origin];
        bool waits = Array.Exists(used, input => !ChunkFeed.Lends(Inputs[input]));
        int threads = _device.Options.Threads;
        RankPlan plan = new(_device.Options, Inputs[0].Shape, [.. used.Select(input => Inputs[input].DataType)], waits ? 2 * threads : threads);
        if (plan.Rows.Length > plan.Limit)
        {
            throw new RowTooLongException(plan.Rows.Length, plan.Limit, _device.Options.WorkingMemory);
        }

        long next = plan.PanelBefore(start) - 1;
        long last = plan.PanelAfter(end);
        int workers = (int)Math.Min(plan.Workers, last - next - 1);
        ComputeGate gate = new(waits && workers > threads ? threads : null);
        _device.Run(workers, (_, failure) =>
        {
            using RankFeed feed = new(this, gate, plan, inputs, origin);
            gate.Enter();
            try
            {
                for (long panel; !failure.HasFailed && (panel = Interlocked.Increment(ref next)) < last;)
                {
                    feed.Rank(plan.Panel(panel), consumer);
                }
            }
            finally
            {
                gate.Leave();
            }
        });
    }

    /// <summary>Runs an action over all elements at once, or window by window with what sparsifiers by rank keep there.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <param name="origin">The input that is subtracted, or -1.</param>
    /// <param name="rescales">Whether the factors of sparsifiers that rescale are asked for, rather than only what they keep.</param>
    /// <param name="action">Gets each window.</param>
    private void ForEachWindow(IReadOnlyList<TaskVector> vectors, int origin, bool rescales, Action<RankedWindow> action)
    {
        KeepByRankSparsifier?[] ranked = [.. vectors.Select(vector => vector.Sparsifier as KeepByRankSparsifier)];
        if (Array.TrueForAll(ranked, sparsifier => sparsifier is null) || Segments.ElementCount == 0)
        {
            action(new RankedWindow(0, Segments.ElementCount, new RankedMask?[vectors.Count]));
            return;
        }

        if (vectors.Any(vector => vector.Sparsifier is KeepSelectedSparsifier or KeepBetweenSparsifier))
        {
            throw new ArgumentException("A pass has sparsifiers by selection or by rank, not both.", nameof(vectors));
        }

        bool hasFactors = rescales && Array.Exists(ranked, sparsifier => sparsifier is { Rescale: true });
        int bits = ranked.Sum(sparsifier => sparsifier is null ? 0 : rescales && sparsifier.Rescale ? 8 * sizeof(float) : 1);
        long affordable = CpuMemory.Decisions(_device.Options) * 8 / bits;
        if (affordable >= Segments.ElementCount && !hasFactors)
        {
            action(new RankedWindow(0, Segments.ElementCount, Remember(vectors, origin)));
            return;
        }

        // Whole smallest segments if possible, so that several workers find work in a window; whole chunks always.
        long length = affordable > Segments.MinimumLength ? affordable & -Segments.MinimumLength : Math.Max(ChunkKernels.Capacity, affordable & -ChunkKernels.Capacity);
        RowLayout rows = new(Inputs[0].Shape);
        long wanted = hasFactors ? Math.Max(ShortestFactors, 4 * rows.Length * rows.Stride) & -ChunkKernels.Capacity : length;
        length = Math.Min(Math.Min(length, wanted), Segments.ElementCount);
        Forget();
        RankedMask?[] masks = CreateMasks(vectors, rescales, length);
        try
        {
            for (long start = 0; start < Segments.ElementCount; start += length)
            {
                long end = Math.Min(Segments.ElementCount, start + length);
                Decide(masks, vectors, origin, start, end);
                action(new RankedWindow(start, end, masks));
            }
        }
        finally
        {
            Array.ForEach(masks, mask => mask?.Dispose());
        }
    }

    /// <summary>Decides the whole tensor, unless the last pass did.</summary>
    private RankedMask?[] Remember(IReadOnlyList<TaskVector> vectors, int origin)
    {
        (int, int, Sparsifier)[] wanted = [.. vectors.Select(vector => (vector.Input, origin, vector.Sparsifier))];
        if (!wanted.AsSpan().SequenceEqual(_decided))
        {
            Forget();
            _decisions = CreateMasks(vectors, rescales: false, Segments.ElementCount);
            Decide(_decisions, vectors, origin, 0, Segments.ElementCount);
            _decided = wanted;
        }

        return _decisions;
    }

    private void Forget()
    {
        Array.ForEach(_decisions, mask => mask?.Dispose());
        _decisions = [];
        _decided = [];
        _selected?.Dispose();
        _selected = null;
    }

    private RankedMask?[] CreateMasks(IReadOnlyList<TaskVector> vectors, bool rescales, long length)
    {
        long rowLength = new RowLayout(Inputs[0].Shape).Length;
        return [.. vectors.Select(vector => vector.Sparsifier is KeepByRankSparsifier sparsifier
            ? new RankedMask(Kernels, sparsifier, rowLength, rescales && sparsifier.Rescale, length)
            : null)];
    }

    /// <summary>Ranks the rows of a window and decides its elements.</summary>
    private void Decide(RankedMask?[] masks, IReadOnlyList<TaskVector> vectors, int origin, long start, long end)
    {
        foreach (RankedMask? mask in masks)
        {
            mask?.MoveTo(start, end);
        }

        int[] inputs = [.. vectors.Where(vector => vector.Sparsifier is KeepByRankSparsifier).Select(vector => vector.Input).Distinct()];
        RankRows(inputs, (input, first, ranks) =>
        {
            for (int i = 0; i < masks.Length; i++)
            {
                if (vectors[i].Input == input)
                {
                    masks[i]?.Decide(first, ranks);
                }
            }
        }, origin, start, end);
    }

    /// <summary>A run of elements and what is decided for them.</summary>
    /// <param name="Start">The first element, a multiple of a chunk.</param>
    /// <param name="End">The element after the last.</param>
    /// <param name="Masks">For each task vector what its sparsifier by rank keeps, or null.</param>
    private sealed record RankedWindow(long Start, long End, RankedMask?[] Masks);
}
