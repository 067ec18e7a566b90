using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>
/// Dense maps from storage to storage in one loop, for the common case that all tensors have the same type. The arithmetic is that of
/// <see cref="WeightedSum"/> and <see cref="AddDeltas"/>, element by element, so the results are the same bits.
/// </content>
internal sealed unsafe partial class ChunkKernels<TLanes, TDoubles>
{
    // The largest finite magnitude: bits above it are an infinity or NaN.
    private const uint LargestFinite = 0x7F7F_FFFF;

    public override bool TryWeightedSum(DataType type, void** inputs, float* weights, int inputCount, void* destination, int count) => type switch
    {
        DataType.BF16 => WeightedSum<BFloat16Format<TLanes>>(inputs, weights, inputCount, destination, count),
        DataType.F16 => WeightedSum<HalfFormat<TLanes>>(inputs, weights, inputCount, destination, count),
        DataType.F32 => WeightedSum<SingleFormat<TLanes>>(inputs, weights, inputCount, destination, count),
        _ => false,
    };

    public override bool TryAddDeltas(
        DataType type, void* origin, void** inputs, float* weights, int inputCount, void* destination, int count) => type switch
        {
            DataType.BF16 => AddDeltas<BFloat16Format<TLanes>>(origin, inputs, weights, inputCount, destination, count),
            DataType.F16 => AddDeltas<HalfFormat<TLanes>>(origin, inputs, weights, inputCount, destination, count),
            DataType.F32 => AddDeltas<SingleFormat<TLanes>>(origin, inputs, weights, inputCount, destination, count),
            _ => false,
        };

    // A sum with a non-finite term is not finite, whatever the weights: looking at the results alone misses nothing.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool WeightedSum<TFormat>(void** inputs, float* weights, int inputCount, void* destination, int count)
        where TFormat : IStorageFormat<TLanes>
    {
        TLanes magnitude = TLanes.CreateBits(MagnitudeMask);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += 2 * Step)
        {
            TLanes weight = TLanes.Create(weights[0]);
            TLanes first = TLanes.Multiply(weight, TFormat.Load(inputs[0], i));
            TLanes second = TLanes.Multiply(weight, TFormat.Load(inputs[0], i + Step));
            for (int j = 1; j < inputCount; j++)
            {
                weight = TLanes.Create(weights[j]);
                first = TLanes.FusedMultiplyAdd(weight, TFormat.Load(inputs[j], i), first);
                second = TLanes.FusedMultiplyAdd(weight, TFormat.Load(inputs[j], i + Step), second);
            }

            largest = TLanes.MaximumBits(largest, TLanes.MaximumBits(TLanes.And(first, magnitude), TLanes.And(second, magnitude)));
            TFormat.StoreFinite(first, destination, i);
            TFormat.StoreFinite(second, destination, i + Step);
        }

        return !AnyAbove(largest, TFormat.LargestRoundedFinite);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool AddDeltas<TFormat>(void* origin, void** inputs, float* weights, int inputCount, void* destination, int count)
        where TFormat : IStorageFormat<TLanes>
    {
        TLanes magnitude = TLanes.CreateBits(MagnitudeMask);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += 2 * Step)
        {
            TLanes fromFirst = TFormat.Load(origin, i);
            TLanes fromSecond = TFormat.Load(origin, i + Step);
            TLanes weight = TLanes.Create(weights[0]);
            TLanes first = TLanes.Multiply(weight, TLanes.Subtract(TFormat.Load(inputs[0], i), fromFirst));
            TLanes second = TLanes.Multiply(weight, TLanes.Subtract(TFormat.Load(inputs[0], i + Step), fromSecond));
            for (int j = 1; j < inputCount; j++)
            {
                weight = TLanes.Create(weights[j]);
                first = TLanes.FusedMultiplyAdd(weight, TLanes.Subtract(TFormat.Load(inputs[j], i), fromFirst), first);
                second = TLanes.FusedMultiplyAdd(weight, TLanes.Subtract(TFormat.Load(inputs[j], i + Step), fromSecond), second);
            }

            first = TLanes.Add(fromFirst, first);
            second = TLanes.Add(fromSecond, second);
            largest = TLanes.MaximumBits(largest, TLanes.MaximumBits(TLanes.And(first, magnitude), TLanes.And(second, magnitude)));
            TFormat.StoreFinite(first, destination, i);
            TFormat.StoreFinite(second, destination, i + Step);
        }

        return !AnyAbove(largest, TFormat.LargestRoundedFinite);
    }
}
