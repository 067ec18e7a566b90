using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <summary>The kernels over a chunk, for one vector width.</summary>
/// <typeparam name="TLanes">Sixteen floats.</typeparam>
/// <typeparam name="TDoubles">Sixteen doubles.</typeparam>
internal sealed unsafe partial class ChunkKernels<TLanes, TDoubles> : ChunkKernels
    where TLanes : unmanaged, ILanes<TLanes>
    where TDoubles : unmanaged, IDoubleLanes<TDoubles, TLanes>
{
    private const uint MagnitudeMask = 0x7FFF_FFFF;

    // The largest finite magnitude: bits above it are an infinity or NaN.
    private const uint LargestFinite = 0x7F7F_FFFF;

    private readonly PassKernels<TLanes, BFloat16Format<TLanes>> _bFloat16s = new(new GramKernels<TLanes, TDoubles, BFloat16Format<TLanes>>());
    private readonly PassKernels<TLanes, HalfFormat<TLanes>> _halves = new(new GramKernels<TLanes, TDoubles, HalfFormat<TLanes>>());

    public override PassKernels Singles { get; } = new PassKernels<TLanes, SingleFormat<TLanes>>(new GramKernels<TLanes, TDoubles, SingleFormat<TLanes>>());

    public override string Description => $"{typeof(TLanes).Name["Lanes".Length..]}-bit vectors";

    public override PassKernels? Over(DataType type) => type switch
    {
        DataType.F32 => Singles,
        DataType.BF16 => _bFloat16s,
        DataType.F16 => _halves,
        _ => null,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddSquares(float* values, double* lanes, int count)
    {
        TDoubles sums = TDoubles.Load(lanes);
        for (int i = 0; i < count; i += Step)
        {
            TDoubles widened = TDoubles.LoadSingles(values + i);
            sums = TDoubles.AddProduct(sums, widened, widened);
        }

        TDoubles.Store(sums, lanes);
    }

    public override long CountPositive(float* values, int count)
    {
        uint* lanes = stackalloc uint[Step];
        CountPositive(values, count, lanes);
        long sum = 0;
        for (int lane = 0; lane < Step; lane++)
        {
            sum += lanes[lane];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountPositive(float* values, int count, uint* lanes)
    {
        TLanes zero = TLanes.CreateBits(0);
        TLanes counts = zero;
        for (int i = 0; i < count; i += Step)
        {
            counts = TLanes.CountGreater(counts, TLanes.Load(values + i), zero);
        }

        TLanes.Store(counts, (float*)lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddPairSums(float* left, float* right, double* leftSums, double* rightSums, int count)
    {
        TDoubles sumsLeft = TDoubles.Load(leftSums);
        TDoubles sumsRight = TDoubles.Load(rightSums);
        for (int i = 0; i < count; i += Step)
        {
            sumsLeft = TDoubles.Add(sumsLeft, TDoubles.LoadSingles(left + i));
            sumsRight = TDoubles.Add(sumsRight, TDoubles.LoadSingles(right + i));
        }

        TDoubles.Store(sumsLeft, leftSums);
        TDoubles.Store(sumsRight, rightSums);
    }
}
