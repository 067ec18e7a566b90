using System.Runtime.InteropServices;
using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>What a sparsifier by rank has decided for a run of elements: a bit each, or the factor of each, zero for those dropped.</summary>
internal sealed unsafe class RankedMask : IDisposable
{
    private const int WordBits = 64;

    private readonly ChunkKernels _kernels;
    private readonly KeepByRankSparsifier _sparsifier;
    private readonly bool _hasFactors;
    private readonly float _lowest;
    private readonly float _step;
    private readonly NativeBuffer _memory;
    private long _start;
    private long _end;

    /// <summary>Creates a mask.</summary>
    /// <param name="kernels">Draw random numbers and decide.</param>
    /// <param name="sparsifier">The probabilities.</param>
    /// <param name="rowLength">The number of elements of a row.</param>
    /// <param name="hasFactors">Whether factors are kept instead of bits.</param>
    /// <param name="length">The largest number of elements.</param>
    public RankedMask(ChunkKernels kernels, KeepByRankSparsifier sparsifier, long rowLength, bool hasFactors, long length)
    {
        (_kernels, _sparsifier, _hasFactors) = (kernels, sparsifier, hasFactors);

        // A row of one element has no ranks to tell apart.
        _lowest = (float)(65536 * (rowLength > 1 ? sparsifier.Density - sparsifier.Epsilon : sparsifier.Density));
        _step = rowLength > 1 ? (float)(65536 * 2 * sparsifier.Epsilon / (rowLength - 1)) : 0;

        // Passes read whole chunks.
        long padded = length + ChunkKernels.Capacity;
        _memory = new NativeBuffer(hasFactors ? padded * sizeof(float) : ((padded / WordBits) + 1) * sizeof(ulong));
    }

    /// <summary>Forgets what was decided and begins with other elements.</summary>
    /// <param name="start">The first element, a multiple of a chunk.</param>
    /// <param name="end">The element after the last.</param>
    public void MoveTo(long start, long end)
    {
        (_start, _end) = (start, end);
        if (!_hasFactors)
        {
            NativeMemory.Clear((void*)_memory.DangerousGetHandle(), (nuint)_memory.Length);
        }
    }

    /// <summary>Returns the bits or factors from an element on, which is a multiple of a step from the start.</summary>
    public void* At(long element) =>
        (byte*)_memory.DangerousGetHandle() + (_hasFactors ? (element - _start) * sizeof(float) : (element - _start) / 8);

    /// <summary>Decides consecutive elements by their ranks; those outside the mask are left out. Any thread may call.</summary>
    /// <param name="start">The first element.</param>
    /// <param name="ranks">The ranks, with room for a step behind them that may be read.</param>
    public void Decide(long start, ReadOnlySpan<int> ranks)
    {
        long first = Math.Max(start, _start);
        long last = Math.Min(start + ranks.Length, _end);
        ushort* draws = stackalloc ushort[ChunkKernels.Capacity + ChunkKernels.Step];
        fixed (int* place = ranks)
        {
            while (first < last)
            {
                long block = first & -PassKernels.Block;
                int skipped = (int)(first - block);
                int count = (int)Math.Min(last - first, ChunkKernels.Capacity - skipped);
                _kernels.Draw(_sparsifier.Key, block / PassKernels.Block, draws, (skipped + count + PassKernels.Block - 1) & -PassKernels.Block);
                if (_hasFactors)
                {
                    WriteFactors(place + (first - start), draws + skipped, count, first);
                }
                else
                {
                    WriteBits(place + (first - start), draws + skipped, count, first - _start);
                }

                first += count;
            }
        }
    }

    public void Dispose() => _memory.Dispose();

    // Kernels write whole steps, and what lies behind a row's end is another's.
    private void WriteFactors(int* ranks, ushort* draws, int count, long first)
    {
        float* factors = stackalloc float[ChunkKernels.Capacity];
        _kernels.KeepByRank(ranks, draws, _lowest, _step, factors, count);
        new ReadOnlySpan<float>(factors, count).CopyTo(new Span<float>(At(first), count));
    }

    private void WriteBits(int* ranks, ushort* draws, int count, long position)
    {
        ulong* kept = stackalloc ulong[ChunkKernels.Capacity / WordBits];
        _kernels.KeepByRank(ranks, draws, _lowest, _step, (ushort*)kept, count);
        ulong* words = (ulong*)_memory.DangerousGetHandle() + (position / WordBits);
        int shift = (int)(position % WordBits);
        for (int done = 0; done < count; done += WordBits, kept++, words++)
        {
            int length = Math.Min(WordBits, count - done);
            ulong bits = length == WordBits ? *kept : *kept & ((1UL << length) - 1);
            if (shift == 0 && length == WordBits)
            {
                *words = bits;
                continue;
            }

            // Rows end within words: another worker may be writing the other bits.
            Interlocked.Or(ref words[0], bits << shift);
            if (shift + length > WordBits)
            {
                Interlocked.Or(ref words[1], bits >> (WordBits - shift));
            }
        }
    }
}
