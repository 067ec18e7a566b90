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
        int laneCount = inputCount * (inputCount + 1) / 2 * Step;
        double* sums = stackalloc double[MostSums * Step];
        for (int i = 0; i < laneCount; i++)
        {
            sums[Place(i)] = lanes[i];
        }

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

        for (int i = 0; i < laneCount; i++)
        {
            lanes[i] = sums[Place(i)];
        }

        return true;
    }

    /// <summary>Returns where a lane is while it is added to.</summary>
    private static int Place(int lane) =>
        TFormat.SplitsByParity ? (lane & -Step) + (lane % Step / 2) + (lane % 2 * Half) : lane;

    /// <summary>Looks at the sums of squares: a square of a float is finite in double, and one of what is not finite is not.</summary>
    private static bool AreFinite(double* lanes, int vectorCount)
    {
        bool finite = true;
        for (int vector = 0, square = 0; vector < vectorCount; vector++, square += vector + 1)
        {
            for (int lane = 0; lane < Step; lane++)
            {
                finite &= double.IsFinite(lanes[(square * Step) + lane]);
            }
        }

        return finite;
    }
}
