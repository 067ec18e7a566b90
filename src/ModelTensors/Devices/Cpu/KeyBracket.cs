using System.Buffers;
using System.Runtime.InteropServices;
using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>A range of keys (as bits of non-negative floats, both ends included) and what one pass finds in it.</summary>
internal sealed class KeyBracket(uint low, uint high, long expected = 0)
{
    /// <summary>The largest key: NaN, as bits of a float without its sign.</summary>
    public const uint Largest = 0x7FFF_FFFF;

    private const int MinimumCandidates = 1 << 16;
    private const int MaximumCandidates = 1 << 22;

    // Candidates lie in pages of one segment each, so that ties can be counted by segment without another pass.
    private const int PageLength = ChunkKernels.Capacity / 4;

    private uint[] _inside = [];
    private (int Segment, int Count)[] _pages = [];
    private Counts[] _segments = [];
    private int _pageCount;

    public uint Low { get; } = low;

    public uint High { get; } = high;

    /// <summary>Gets how much room the bracket asks for, to share out what there is: what is expected inside, and a page that each segment may leave open.</summary>
    public long Room(Segments segments) => expected + ((long)segments.Count * PageLength);

    public long Above => _segments.Sum(segment => segment.Above);

    public long AtHigh => _segments.Sum(segment => segment.AtHigh);

    public long AtLow => _segments.Sum(segment => segment.AtLow);

    /// <summary>Gets the number of keys strictly between the ends.</summary>
    public long InsideCount => _segments.Sum(segment => segment.Inside);

    /// <summary>Gets whether all keys strictly between the ends were collected.</summary>
    public bool IsCollected => _pageCount <= _pages.Length;

    public long[] HighBySegment => [.. _segments.Select(segment => segment.AtHigh)];

    public long[] LowBySegment => [.. _segments.Select(segment => segment.AtLow)];

    /// <summary>Returns the number of candidates that are kept at most; where more lie inside, histograms narrow the bracket first.</summary>
    /// <param name="segments">The segments.</param>
    /// <param name="memory">The bytes that one bracket may take, the copy that finding takes included.</param>
    public static int Capacity(Segments segments, long memory)
    {
        // A sixteenth of the elements is several times what a good bracket holds; each segment may leave a page half empty.
        long wanted = Math.Min(segments.ElementCount, Math.Clamp(segments.ElementCount / 16, MinimumCandidates, MaximumCandidates));
        wanted += (long)segments.Count * PageLength;
        return (int)Math.Max(1, Math.Min(wanted, memory / (2 * sizeof(uint))) / PageLength) * PageLength;
    }

    public void Start(Segments segments, long memory)
    {
        _pages = new (int, int)[Capacity(segments, memory) / PageLength];
        _segments = new Counts[segments.Count];
        Array.Fill(_segments, new Counts { OpenPage = -1 });
        _inside = ArrayPool<uint>.Shared.Rent(_pages.Length * PageLength);
    }

    /// <summary>Adds what a chunk holds; a segment belongs to one worker at a time.</summary>
    public void Add(int segment, BracketCounts counts, ReadOnlySpan<uint> inside)
    {
        ref Counts sums = ref _segments[segment];
        sums.Above += counts.Above;
        sums.AtHigh += counts.AtHigh;
        sums.AtLow += counts.AtLow;
        sums.Inside += inside.Length;
        while (inside.Length > 0 && TryOpenPage(segment, out int page))
        {
            int used = _pages[page].Count;
            int length = Math.Min(inside.Length, PageLength - used);
            inside[..length].CopyTo(_inside.AsSpan((page * PageLength) + used));
            _pages[page].Count += length;
            inside = inside[length..];
        }
    }

    /// <summary>Finds the key of a rank among those strictly inside, counted from the largest.</summary>
    /// <param name="rank">The rank, from 0.</param>
    /// <param name="above">Receives how many of those inside are larger.</param>
    /// <param name="tiesBySegment">Receives how many are equal, by segment.</param>
    public uint Find(long rank, out long above, out long[] tiesBySegment)
    {
        // Selecting reorders: a copy, so that the pages keep their segments.
        uint[] keys = ArrayPool<uint>.Shared.Rent(_pages.Length * PageLength);
        int filled = 0;
        for (int page = 0; page < _pageCount; page++)
        {
            Page(page).CopyTo(keys.AsSpan(filled));
            filled += _pages[page].Count;
        }

        uint threshold = RadixSelect.Largest(keys.AsSpan(0, filled), Low, High, rank, out above);
        ArrayPool<uint>.Shared.Return(keys);

        tiesBySegment = new long[_segments.Length];
        for (int page = 0; page < _pageCount; page++)
        {
            tiesBySegment[_pages[page].Segment] += Page(page).Count(threshold);
        }

        return threshold;
    }

    public void Release()
    {
        ArrayPool<uint>.Shared.Return(_inside);
        _inside = [];
    }

    private ReadOnlySpan<uint> Page(int page) => _inside.AsSpan(page * PageLength, _pages[page].Count);

    /// <summary>Finds a page of the segment with room; false when all pages are taken.</summary>
    private bool TryOpenPage(int segment, out int page)
    {
        page = _segments[segment].OpenPage;
        if (page >= 0 && _pages[page].Count < PageLength)
        {
            return true;
        }

        // Beyond the last page the count goes on, which tells that something was left out.
        page = Interlocked.Increment(ref _pageCount) - 1;
        if (page >= _pages.Length)
        {
            Volatile.Write(ref _pageCount, _pages.Length + 1);
            return false;
        }

        _pages[page].Segment = segment;
        _segments[segment].OpenPage = page;
        return true;
    }

    // Two cache lines, which processors fetch together: workers count in neighbouring segments.
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Counts
    {
        public long Above;
        public long AtHigh;
        public long AtLow;
        public long Inside;
        public int OpenPage;
    }
}
