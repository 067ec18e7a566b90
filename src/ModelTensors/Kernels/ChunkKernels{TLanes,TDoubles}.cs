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

    private readonly PassKernels<TLanes, BFloat16Format<TLanes>> _bFloat16s = new();
    private readonly PassKernels<TLanes, HalfFormat<TLanes>> _halves = new();

    public override PassKernels Singles { get; } = new PassKernels<TLanes, SingleFormat<TLanes>>();

    public override string Description => $"{typeof(TLanes).Name["Lanes".Length..]}-bit vectors";

    public override PassKernels? Over(DataType type) => type switch
    {
        DataType.F32 => Singles,
        DataType.BF16 => _bFloat16s,
        DataType.F16 => _halves,
        _ => null,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddProducts(float* left, float* right, double* accumulators, int count)
    {
        TDoubles sums = TDoubles.Load(accumulators);
        for (int i = 0; i < count; i += Step)
        {
            sums = TDoubles.AddProduct(sums, TDoubles.LoadSingles(left + i), TDoubles.LoadSingles(right + i));
        }

        TDoubles.Store(sums, accumulators);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddPairProducts(float* left, float* right, double* leftLeft, double* leftRight, double* rightRight, int count)
    {
        TDoubles sumsLeftLeft = TDoubles.Load(leftLeft);
        TDoubles sumsLeftRight = TDoubles.Load(leftRight);
        TDoubles sumsRightRight = TDoubles.Load(rightRight);
        for (int i = 0; i < count; i += Step)
        {
            TDoubles a = TDoubles.LoadSingles(left + i);
            TDoubles b = TDoubles.LoadSingles(right + i);
            sumsLeftLeft = TDoubles.AddProduct(sumsLeftLeft, a, a);
            sumsLeftRight = TDoubles.AddProduct(sumsLeftRight, a, b);
            sumsRightRight = TDoubles.AddProduct(sumsRightRight, b, b);
        }

        TDoubles.Store(sumsLeftLeft, leftLeft);
        TDoubles.Store(sumsLeftRight, leftRight);
        TDoubles.Store(sumsRightRight, rightRight);
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
