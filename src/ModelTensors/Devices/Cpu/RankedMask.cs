using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>What a sparsifier by rank has decided for a run of elements: a bit each, or the factor of each, zero for those dropped.</summary>
internal sealed unsafe class RankedMask : IDisposable
{
    private const int WordBits = 64;

    private readonly ChunkKernels _kernels;
    private readonly KeepByRankSparsifier _sparsifier;
    private readonly bool _hasFactors;
    private readonly long _start;
    private readonly long _end;
    private readonly double _lowest;
    private readonly double _step;
    private readonly NativeBuffer _memory;

    /// <summary>Creates a mask of undecided elements.</summary>
    /// <param name="kernels">Draw random numbers.</param>
    /// <param name="sparsifier">What decides.</param>
    /// <param name="rowLength">The number of elements of a row.</param>
    /// <param name="hasFactors">Whether factors are kept instead of bits.</param>
    /// <param name="start">The first element, a multiple of a chunk.</param>
    /// <param name="end">The element after the last.</param>
    public RankedMask(ChunkKernels kernels, KeepByRankSparsifier sparsifier, long rowLength, bool hasFactors, long start, long end)
    {
        (_kernels, _sparsifier, _hasFactors, _start, _end) = (kernels, sparsifier, hasFactors, start, end);

        // A row of one element has no ranks to tell apart.
        _lowest = 65536 * (rowLength > 1 ? sparsifier.Density - sparsifier.Epsilon : sparsifier.Density);
        _step = rowLength > 1 ? 65536 * 2 * sparsifier.Epsilon / (rowLength - 1) : 0;

        // Kernels read whole chunks.
        long padded = end - start + ChunkKernels.Capacity;
        _memory = new NativeBuffer(hasFactors ? padded * sizeof(float) : ((padded / WordBits) + 1) * sizeof(ulong));
    }

    /// <summary>Returns the bits or factors from an element on, which is a multiple of a step from the start.</summary>
    public void* At(long element) =>
        (byte*)_memory.DangerousGetHandle() + (_hasFactors ? (element - _start) * sizeof(float) : (element - _start) / 8);

    /// <summary>Decides consecutive elements by their ranks; those outside the mask are left out. Any thread may call.</summary>
    public void Decide(long start, ReadOnlySpan<int> ranks)
    {
        long first = Math.Max(start, _start);
        long last = Math.Min(start + ranks.Length, _end);
        ushort* draws = stackalloc ushort[ChunkKernels.Capacity];
        while (first < last)
        {
            long block = first & -PassKernels.Block;
            int skipped = (int)(first - block);
            int count = (int)Math.Min(last - first, ChunkKernels.Capacity - skipped);
            _kernels.Draw(_sparsifier.Key, block / PassKernels.Block, draws, (skipped + count + PassKernels.Block - 1) & -PassKernels.Block);
            ReadOnlySpan<int> own = ranks.Slice((int)(first - start), count);
            if (_hasFactors)
            {
                WriteFactors(own, draws + skipped, (float*)At(first));
            }
            else
            {
                WriteBits(own, draws + skipped, first - _start);
            }

            first += count;
        }
    }

    public void Dispose() => _memory.Dispose();

    private void WriteFactors(ReadOnlySpan<int> ranks, ushort* draws, float* factors)
    {
        for (int i = 0; i < ranks.Length; i++)
        {
            int limit = Limit(ranks[i]);
            factors[i] = draws[i] < limit ? 65536f / limit : 0;
        }
    }

    private void WriteBits(ReadOnlySpan<int> ranks, ushort* draws, long position)
    {
        ulong* words = (ulong*)_memory.DangerousGetHandle();
        for (int i = 0; i < ranks.Length;)
        {
            int bit = (int)(position % WordBits);
            int count = Math.Min(WordBits - bit, ranks.Length - i);
            ulong word = 0;
            for (int j = 0; j < count; j++)
            {
                word |= (draws[i + j] < Limit(ranks[i + j]) ? 1UL : 0) << (bit + j);
            }

            // Rows end within words: another worker may be writing the other bits.
            ref ulong place = ref words[position / WordBits];
            if (count == WordBits)
            {
                place = word;
            }
            else
            {
                Interlocked.Or(ref place, word);
            }

            i += count;
            position += count;
        }
    }

    /// <summary>Returns what a draw has to be below: the probability in 65,536ths.</summary>
    private int Limit(int rank) => Math.Max(1, (int)Math.Round(_lowest + (_step * rank)));
}
