using System.Buffers;
using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>A range of magnitudes (as bits of non-negative floats, both ends included) and what one pass finds in it.</summary>
internal sealed class MagnitudeBracket(uint low, uint high)
{
    // Four million candidates are 16 MiB for each model; beyond that histograms narrow the bracket first.
    private const int MaximumCandidates = 1 << 22;

    // Candidates lie in pages of one segment each, so that ties can be counted by segment without another pass.
    private const int PageLength = ChunkKernels.Capacity;

    private uint[] _inside = [];
    private (int Segment, int Count)[] _pages = [];
    private int[] _openPages = [];
    private int _pageCount;
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
    public bool IsCollected => _pageCount <= _pages.Length;

    public long[] HighBySegment { get; private set; } = [];

    public long[] LowBySegment { get; private set; } = [];

    public void Start(Segments segments)
    {
        // A sixteenth of the elements is several times what a good bracket holds; each segment may leave a page half empty.
        long candidates = Math.Clamp(segments.ElementCount / 16, 1 << 16, MaximumCandidates);
        _pages = new (int, int)[(candidates / PageLength) + segments.Count];
        _openPages = new int[segments.Count];
        Array.Fill(_openPages, -1);
        _inside = ArrayPool<uint>.Shared.Rent(_pages.Length * PageLength);
        HighBySegment = new long[segments.Count];
        LowBySegment = new long[segments.Count];
    }

    /// <summary>Adds what a chunk holds; a segment belongs to one worker at a time, the rest is shared.</summary>
    public void Add(int segment, BracketCounts counts, ReadOnlySpan<uint> inside)
    {
        HighBySegment[segment] += counts.AtHigh;
        LowBySegment[segment] += counts.AtLow;
        Interlocked.Add(ref _above, counts.Above);
        Interlocked.Add(ref _insideCount, inside.Length);
        while (inside.Length > 0 && TryOpenPage(segment, out int page))
        {
            int used = _pages[page].Count;
            int length = Math.Min(inside.Length, PageLength - used);
            inside[..length].CopyTo(_inside.AsSpan((page * PageLength) + used));
            _pages[page].Count += length;
            inside = inside[length..];
        }
    }

    /// <summary>Finds the magnitude of a rank among those strictly inside, counted from the largest.</summary>
    /// <param name="rank">The rank, from 0.</param>
    /// <param name="above">Receives how many of those inside are larger.</param>
    /// <param name="tiesBySegment">Receives how many are equal, by segment.</param>
    public uint Find(long rank, out long above, out long[] tiesBySegment)
    {
        // Selecting reorders: a copy, so that the pages keep their segments.
        uint[] keys = ArrayPool<uint>.Shared.Rent((int)_insideCount);
        int filled = 0;
        for (int page = 0; page < _pageCount; page++)
        {
            Page(page).CopyTo(keys.AsSpan(filled));
            filled += _pages[page].Count;
        }

        uint threshold = RadixSelect.Largest(keys.AsSpan(0, filled), Low, High, rank, out above);
        ArrayPool<uint>.Shared.Return(keys);

        tiesBySegment = new long[_openPages.Length];
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
        page = _openPages[segment];
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
        _openPages[segment] = page;
        return true;
    }
}
