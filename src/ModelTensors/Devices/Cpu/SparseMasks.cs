using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>
/// What sparsifiers keep of one worker's chunks, as masks or as deltas, with its places among the ties of each selection: it goes through a segment
/// in order. Task vectors that share a sparsifier share its mask.
/// </summary>
internal sealed unsafe class SparseMasks
{
    private const int MaskBytes = ChunkKernels.Capacity / ChunkKernels.Step * sizeof(ushort);
    private const int MasksPerChunk = ChunkKernels.Capacity * sizeof(float) / MaskBytes;

    private readonly IReadOnlyList<TaskVector> _vectors;
    private readonly RankedMask?[] _ranked;
    private readonly SelectionMask? _selected;
    private readonly Sparsifier[] _sparsifiers;
    private readonly int[] _places;
    private readonly bool[] _isAlone;
    private readonly bool[] _written;
    private readonly nint[] _masks;
    private readonly int _origin;
    private readonly long _elements;
    private readonly float* _keys;
    private readonly ushort* _spare;

    // Two for each sparsifier: one between two selections has ties of both.
    private readonly TieCursor[] _cursors;
    private readonly TieCursor[] _before;
    private int _segment = -1;
    private long _start = -1;

    /// <summary>Takes room for the masks from a worker's own chunks.</summary>
    /// <param name="feed">The worker's feed.</param>
    /// <param name="scratch">The index of the first of the feed's chunks to use; see <see cref="Chunks"/>.</param>
    /// <param name="vectors">The task vectors.</param>
    /// <param name="ranked">For each task vector what its sparsifier by rank has decided, or null.</param>
    /// <param name="selected">The bits of a sparsifier, complete or to be written here, or null.</param>
    /// <param name="origin">The input that is subtracted, or -1.</param>
    /// <param name="elements">The number of elements of the tensor.</param>
    public SparseMasks(ChunkFeed feed, int scratch, IReadOnlyList<TaskVector> vectors, RankedMask?[] ranked, SelectionMask? selected, int origin, long elements)
    {
        _origin = origin;
        _elements = elements;
        _sparsifiers = [.. vectors.Select(vector => vector.Sparsifier).Distinct(ReferenceEqualityComparer.Instance).Cast<Sparsifier>()];
        _cursors = new TieCursor[2 * _sparsifiers.Length];
        _before = new TieCursor[_cursors.Length];
        _keys = (float*)feed.Scratch[scratch];

        // A worker's chunks lie one behind the other.
        nint masks = feed.Scratch[scratch + 1];
        _spare = (ushort*)masks;
        _vectors = vectors;
        _ranked = ranked;
        _selected = selected;
        _places = [.. vectors.Select(vector => Array.FindIndex(_sparsifiers, item => ReferenceEquals(item, vector.Sparsifier)))];
        _masks = [.. Enumerable.Range(1, _sparsifiers.Length).Select(i => masks + (i * MaskBytes))];
        _isAlone = [.. Enumerable.Range(0, _sparsifiers.Length).Select(place => _places.Count(other => other == place) == 1)];
        _written = new bool[_sparsifiers.Length];
    }

    /// <summary>Returns how many chunks are needed for so many task vectors.</summary>
    public static int Chunks(int vectors) => 2 + (vectors / MasksPerChunk);

    /// <summary>Says which chunk comes next: the one behind the last, or the last one again.</summary>
    public void MoveTo(int segment, long start)
    {
        Array.Clear(_written);
        if (start == _start)
        {
            _before.CopyTo(_cursors, 0);
            return;
        }

        if (segment != _segment)
        {
            for (int i = 0; i < _sparsifiers.Length; i++)
            {
                (ElementSelection? first, ElementSelection? second) = _sparsifiers[i] switch
                {
                    KeepSelectedSparsifier { Selection: var selection } => (selection, null),
                    KeepBetweenSparsifier { Outer: var outer, Inner: var inner } => (outer, inner),
                    _ => ((ElementSelection?)null, (ElementSelection?)null),
                };
                _cursors[2 * i] = first?.CursorAt(segment) ?? TieCursor.None;
                _cursors[(2 * i) + 1] = second?.CursorAt(segment) ?? TieCursor.None;
            }
        }

        _cursors.CopyTo(_before, 0);
        _segment = segment;
        _start = start;
    }

    /// <summary>Returns the mask of a task vector in the chunk.</summary>
    public ushort* Mask(ChunkFeed feed, int vector, int count)
    {
        if (_ranked[vector] is { } ranked)
        {
            return (ushort*)ranked.At(_start);
        }

        int place = _places[vector];
        SelectionMask? selected = _selected?.IsOf(_sparsifiers[place], _origin) == true ? _selected : null;
        ushort* mask = selected is null ? (ushort*)_masks[place] : selected.At(_start);
        if (!_written[place] && selected is not { IsComplete: true })
        {
            Write(feed, _sparsifiers[place], ref _cursors[2 * place], ref _cursors[(2 * place) + 1], _start, mask, count);
            _written[place] = true;
        }

        return mask;
    }

    /// <summary>Writes a task vector of the chunk, weighted and made sparse: in one go where a kernel decides as it reads, else by its mask.</summary>
    /// <returns>False where a difference is not finite.</returns>
    public bool WriteDelta(ChunkFeed feed, int vector, float weight, float* destination, int count)
    {
        (PassKernels kernels, TaskVector task) = (feed.Kernels, _vectors[vector]);
        void* input = feed.Input(task.Input);
        void* from = feed.Origin(_origin);
        switch (task.Sparsifier)
        {
            case KeepAllSparsifier:
                return kernels.Delta(input, from, weight, destination, count);
            case KeepRandomSparsifier random:
                return kernels.DeltaRandom(input, from, weight, random.Key, _start / PassKernels.Block, random.Limit, destination, count);
            case KeepByRankSparsifier { Rescale: true }:
                return kernels.DeltaScaled(input, from, weight, (float*)_ranked[vector]!.At(_start), destination, count);
            case KeepSelectedSparsifier { Selection: { Key: MagnitudeKey key } selection } when key.Input == task.Input && _isAlone[_places[vector]]:
                ref TieCursor ties = ref _cursors[2 * _places[vector]];
                return selection.KeepsAllTies
                    ? kernels.DeltaAbove(input, from, weight, (int)selection.ThresholdBits - 1, destination, count)
                    : kernels.DeltaAboveOrTied(input, from, weight, (int)selection.ThresholdBits, ref ties, destination, count);
            case KeepBetweenSparsifier { Outer: { Key: MagnitudeKey key } outer, Inner: var inner } when key.Input == task.Input && _isAlone[_places[vector]]:
                int place = 2 * _places[vector];
                return kernels.DeltaBetween(
                    input, from, weight, (int)outer.ThresholdBits, (int)inner.ThresholdBits, ref _cursors[place], ref _cursors[place + 1], destination, count);
            default:
                return kernels.DeltaMasked(input, from, weight, Mask(feed, vector, count), destination, count);
        }
    }

    private void Write(ChunkFeed feed, Sparsifier sparsifier, ref TieCursor ties, ref TieCursor innerTies, long start, ushort* mask, int count)
    {
        switch (sparsifier)
        {
            case KeepSelectedSparsifier { Selection: var selection }:
                Write(feed, Compared(feed, selection.Key, start, count), selection, ref ties, mask, count);
                break;
            case KeepBetweenSparsifier { Outer: var outer, Inner: var inner }:
                Comparison compared = Compared(feed, outer.Key, start, count);
                Write(feed, compared, outer, ref ties, mask, count);
                Write(feed, compared, inner, ref innerTies, _spare, count);
                for (int i = 0; i < MaskBytes / sizeof(ulong); i++)
                {
                    ((ulong*)mask)[i] &= ~((ulong*)_spare)[i];
                }

                break;
            case KeepAtLeastSparsifier { Key: var key, Threshold: var threshold }:
                Comparison bounded = Compared(feed, key, start, count);
                bounded.Kernels.MaskAbove(bounded.Values, bounded.Origin, BitConverter.SingleToInt32Bits(threshold + 0f) - 1, mask, count);
                break;
            case KeepRandomSparsifier random:
                feed.Kernels.MaskRandom(random.Key, start / PassKernels.Block, random.Limit, mask, count);
                break;
            default:
                new Span<byte>(mask, MaskBytes).Fill(byte.MaxValue);
                break;
        }
    }

    private static void Write(ChunkFeed feed, Comparison compared, ElementSelection selection, ref TieCursor ties, ushort* mask, int count)
    {
        int threshold = (int)selection.ThresholdBits;
        if (selection.KeepsAllTies || selection.TiesKept == 0)
        {
            compared.Kernels.MaskAbove(compared.Values, compared.Origin, selection.KeepsAllTies ? threshold - 1 : threshold, mask, count);
        }
        else
        {
            compared.Kernels.MaskAboveOrTied(compared.Values, compared.Origin, threshold, ref ties, mask, count);
        }
    }

    /// <summary>Finds what a mask kernel compares: a magnitude as the kernel reads it, other keys written before.</summary>
    private Comparison Compared(ChunkFeed feed, SelectionKey key, long start, int count)
    {
        if (key is MagnitudeKey { Input: var input })
        {
            return new Comparison(feed.Kernels, feed.Input(input), feed.Origin(_origin));
        }

        SelectionKeys.Write(feed, key, _origin, start, _elements, _keys, count);
        return new Comparison(feed.Singles, _keys, feed.Origin(-1));
    }

    private readonly struct Comparison(PassKernels kernels, void* values, void* origin)
    {
        public readonly PassKernels Kernels = kernels;
        public readonly void* Values = values;
        public readonly void* Origin = origin;
    }
}
