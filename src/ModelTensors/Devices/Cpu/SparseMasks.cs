using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>
/// One worker's masks of what sparsifiers keep of a chunk, with its places among the ties of each selection: it goes through a segment in order.
/// Task vectors that share a sparsifier share its mask.
/// </summary>
internal sealed unsafe class SparseMasks
{
    private const int MaskBytes = ChunkKernels.Capacity / ChunkKernels.Step * sizeof(ushort);
    private const int MasksPerChunk = ChunkKernels.Capacity * sizeof(float) / MaskBytes;

    private readonly Sparsifier[] _sparsifiers;
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
    /// <param name="origin">The input that is subtracted, or -1.</param>
    /// <param name="elements">The number of elements of the tensor.</param>
    public SparseMasks(ChunkFeed feed, int scratch, IReadOnlyList<TaskVector> vectors, int origin, long elements)
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
        _masks = [.. vectors.Select(vector => masks + ((1 + Array.IndexOf(_sparsifiers, vector.Sparsifier)) * MaskBytes))];
    }

    /// <summary>Gets the mask of each task vector.</summary>
    public nint[] Masks => _masks;

    /// <summary>Returns how many chunks are needed for so many task vectors.</summary>
    public static int Chunks(int vectors) => 2 + (vectors / MasksPerChunk);

    /// <summary>Writes the masks of a chunk: the one behind the last, or the last one again.</summary>
    public void Write(ChunkFeed feed, int segment, long start, int count)
    {
        MoveTo(segment, start);
        for (int i = 0; i < _sparsifiers.Length; i++)
        {
            Write(feed, _sparsifiers[i], ref _cursors[2 * i], ref _cursors[(2 * i) + 1], start, _spare + ((1 + i) * (MaskBytes / sizeof(ushort))), count);
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

    private void MoveTo(int segment, long start)
    {
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

    private readonly struct Comparison(PassKernels kernels, void* values, void* origin)
    {
        public readonly PassKernels Kernels = kernels;
        public readonly void* Values = values;
        public readonly void* Origin = origin;
    }
}
