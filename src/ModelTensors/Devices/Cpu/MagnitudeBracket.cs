using System.Buffers;
using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>A range of magnitudes (as bits of non-negative floats, both ends included) and what one pass finds in it.</summary>
internal sealed class MagnitudeBracket(uint low, uint high)
{
    // Four million candidates are 16 MiB for each model; beyond that histograms narrow the bracket first.
    private const int MaximumCandidates = 1 << 22;

    private uint[] _inside = [];
    private long _above;
    private long _insideCount;

    public uint Low { get; } = low;

    public uint High { get; } = high;

    public long Above => _above;

    public long AtHigh => HighBySegment.Sum();

    public long AtLow => Low == High ? 0 : LowBySegment.Sum();

    /// <summary>Gets the number of magnitudes strictly between the ends.</summary>
    public long InsideCount => _insideCount;

    /// <summary>Gets whether all magnitudes strictly between the ends were collected.</summary>
    public bool IsCollected => _insideCount <= _inside.Length;

    public Span<uint> Inside => _inside.AsSpan(0, (int)_insideCount);

    public long[] HighBySegment { get; private set; } = [];

    public long[] LowBySegment { get; private set; } = [];

    public void Start(Segments segments)
    {
        // A sixteenth of the elements is several times what a good bracket holds.
        _inside = ArrayPool<uint>.Shared.Rent((int)Math.Clamp(segments.ElementCount / 16, 1 << 16, MaximumCandidates));
        HighBySegment = new long[segments.Count];
        LowBySegment = new long[segments.Count];
    }

    /// <summary>Adds what a chunk holds; a segment belongs to one worker at a time, the rest is shared.</summary>
    public void Add(int segment, BracketCounts counts, ReadOnlySpan<uint> inside)
    {
        HighBySegment[segment] += counts.AtHigh;
        LowBySegment[segment] += counts.AtLow;
        Interlocked.Add(ref _above, counts.Above);
        if (inside.Length > 0)
        {
            long end = Interlocked.Add(ref _insideCount, inside.Length);
            if (end <= _inside.Length)
            {
                inside.CopyTo(_inside.AsSpan((int)(end - inside.Length)));
            }
        }
    }

    public void Release()
    {
        ArrayPool<uint>.Shared.Return(_inside);
        _inside = [];
    }
}
