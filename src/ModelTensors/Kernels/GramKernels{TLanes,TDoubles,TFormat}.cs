using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <summary>The inner products of differences, for one vector width and storage type.</summary>
/// <typeparam name="TLanes">Sixteen floats.</typeparam>
/// <typeparam name="TDoubles">Sixteen doubles.</typeparam>
/// <typeparam name="TFormat">The storage type.</typeparam>
/// <remarks>
/// A conversion to double is cheaper from memory than from a register. So differences go through memory, to stay in the first-level cache: while some
/// are written, those of the elements before are multiplied, and neither waits for the other.
/// </remarks>
internal sealed unsafe partial class GramKernels<TLanes, TDoubles, TFormat> : GramKernels
    where TLanes : unmanaged, ILanes<TLanes>
    where TDoubles : unmanaged, IDoubleLanes<TDoubles, TLanes>
    where TFormat : IStorageFormat<TLanes>
{
    private const int Step = ChunkKernels.Step;
    private const int Half = Step / 2;
    private const int MostSums = MostVectors * (MostVectors + 1) / 2;

    // The differences of a pair of steps. Aligned, no vector of 512 bits crosses cache lines.
    private const int SlotLength = MostVectors * Pair;
    private const int Alignment = 64;

    [SkipLocalsInit]
    public override bool TryAdd(void* origin, void** inputs, int inputCount, double* lanes, int count)
    {
        if (count == 0 || !AreFinite(lanes, inputCount))
        {
            return count == 0;
        }

        byte* memory = stackalloc byte[(((2 * SlotLength) + Pair) * sizeof(float)) + Alignment];
        float* slots = (float*)(((nint)memory + Alignment - 1) & -Alignment);
        float* zeros = slots + (2 * SlotLength);
        new Span<float>(zeros, Pair).Clear();
        void* from = origin is null ? zeros : origin;
        int fromMask = origin is null ? 0 : -1;
        int sumCount = inputCount * (inputCount + 1) / 2;
        double* sums = stackalloc double[MostSums * Step];
        Split(lanes, sums, sumCount);

        switch (inputCount)
        {
            case 2:
                AddOfTwo(from, fromMask, inputs, slots, sums, count);
                break;
            case 3:
                AddOfThree(from, fromMask, inputs, slots, sums, count);
                break;
            default:
                AddOfFour(from, fromMask, inputs, slots, sums, count);
                break;
        }

        if (!AreFinite(sums, inputCount))
        {
            return false;
        }

        Join(sums, lanes, sumCount);
        return true;
    }

    /// <summary>Brings lanes into the order in which elements are loaded.</summary>
    private static void Split(double* lanes, double* sums, int sumCount)
    {
        for (nint i = 0; i < sumCount * Step; i += Step)
        {
            for (nint lane = 0; lane < Half; lane++)
            {
                sums[i + lane] = lanes[i + (TFormat.SplitsByParity ? 2 * lane : lane)];
                sums[i + lane + Half] = lanes[i + (TFormat.SplitsByParity ? (2 * lane) + 1 : lane + Half)];
            }
        }
    }

    /// <summary>Brings them back.</summary>
    private static void Join(double* sums, double* lanes, int sumCount)
    {
        for (nint i = 0; i < sumCount * Step; i += Step)
        {
            for (nint lane = 0; lane < Half; lane++)
            {
                lanes[i + (TFormat.SplitsByParity ? 2 * lane : lane)] = sums[i + lane];
                lanes[i + (TFormat.SplitsByParity ? (2 * lane) + 1 : lane + Half)] = sums[i + lane + Half];
            }
        }
    }

    /// <summary>Looks at the sums of squares: a square of a float is finite in double, and so are their sums; one of what is not finite is not.</summary>
    private static bool AreFinite(double* lanes, int vectorCount)
    {
        TDoubles total = TDoubles.Load(lanes);
        for (int vector = 1, square = 2; vector < vectorCount; vector++, square += vector + 1)
        {
            total = TDoubles.Add(total, TDoubles.Load(lanes + (square * Step)));
        }

        double* totals = stackalloc double[Step];
        TDoubles.Store(total, totals);
        bool finite = true;
        for (nint lane = 0; lane < Step; lane++)
        {
            finite &= double.IsFinite(totals[lane]);
        }

        return finite;
    }
}
