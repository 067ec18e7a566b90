using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelTensors.Kernels;

/// <content>Storage types in and out. Each says whether it met a NaN or an infinity.</content>
internal sealed unsafe partial class ChunkKernels<TLanes, TDoubles>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool Widen(void* source, DataType type, float* destination, int count)
    {
        switch (type)
        {
            case DataType.F32:
                NativeMemory.Copy(source, destination, (nuint)count * sizeof(float));
                return HasNonFinite(destination, count);
            case DataType.BF16:
                return WidenWords<BFloat16Format<TLanes>>((ushort*)source, destination, count);
            case DataType.F16:
                return WidenWords<HalfFormat<TLanes>>((ushort*)source, destination, count);
            case DataType.F64:
                for (int i = 0; i < count; i++)
                {
                    destination[i] = (float)((double*)source)[i];
                }

                return HasNonFinite(destination, count);
            case DataType.F8E4M3:
                return WidenTable((byte*)source, Float8.E4M3, destination, count);
            case DataType.F8E5M2:
                return WidenTable((byte*)source, Float8.E5M2, destination, count);
            default:
                throw new NotSupportedException($"{type.SafetensorsName} elements are not floats.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool Narrow(float* source, void* destination, DataType type, int count)
    {
        switch (type)
        {
            case DataType.F32:
                NativeMemory.Copy(source, destination, (nuint)count * sizeof(float));
                return HasNonFinite(source, count);
            case DataType.BF16:
                return NarrowWords<BFloat16Format<TLanes>>(source, (ushort*)destination, count);
            case DataType.F16:
                return NarrowWords<HalfFormat<TLanes>>(source, (ushort*)destination, count);
            case DataType.F64:
                for (int i = 0; i < count; i++)
                {
                    ((double*)destination)[i] = source[i];
                }

                return HasNonFinite(source, count);
            default:
                throw new NotSupportedException($"Floats are not rounded to {type.SafetensorsName}.");
        }
    }

    private static bool WidenTable(byte* source, ReadOnlySpan<float> table, float* destination, int count)
    {
        for (int i = 0; i < count; i++)
        {
            destination[i] = table[source[i]];
        }

        return HasNonFinite(destination, count);
    }

    // Whole steps only where the elements themselves fill them: nothing is read or written beyond the caller's memory. The loops over whole
    // steps are methods of their own, because a call in the same method would make the JIT keep the accumulator in memory.
    private static bool WidenWords<TFormat>(ushort* source, float* destination, int count)
        where TFormat : IStorageFormat<TLanes>
    {
        int whole = count & -Step;
        bool nonFinite = WidenSteps<TFormat>(source, destination, whole);
        if (whole < count)
        {
            ushort* words = stackalloc ushort[Step];
            float* floats = stackalloc float[Step];
            new Span<ushort>(words, Step).Clear();
            new ReadOnlySpan<ushort>(source + whole, count - whole).CopyTo(new Span<ushort>(words, Step));
            nonFinite |= WidenSteps<TFormat>(words, floats, Step);
            new ReadOnlySpan<float>(floats, count - whole).CopyTo(new Span<float>(destination + whole, count - whole));
        }

        return nonFinite;
    }

    private static bool NarrowWords<TFormat>(float* source, ushort* destination, int count)
        where TFormat : IStorageFormat<TLanes>
    {
        int whole = count & -Step;
        bool nonFinite = NarrowSteps<TFormat>(source, destination, whole);
        if (whole < count)
        {
            float* floats = stackalloc float[Step];
            ushort* words = stackalloc ushort[Step];
            new Span<float>(floats, Step).Clear();
            new ReadOnlySpan<float>(source + whole, count - whole).CopyTo(new Span<float>(floats, Step));
            nonFinite |= NarrowSteps<TFormat>(floats, words, Step);
            new ReadOnlySpan<ushort>(words, count - whole).CopyTo(new Span<ushort>(destination + whole, count - whole));
        }

        return nonFinite;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static bool WidenSteps<TFormat>(ushort* source, float* destination, int count)
        where TFormat : IStorageFormat<TLanes>
    {
        TLanes magnitude = TLanes.CreateBits(MagnitudeMask);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            ReadAhead.Prefetch(source + i);
            TLanes value = TFormat.Load(source, i);
            largest = TLanes.MaximumBits(largest, TLanes.And(value, magnitude));
            TLanes.Store(value, destination + i);
        }

        return AnyAbove(largest, LargestFinite);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static bool NarrowSteps<TFormat>(float* source, ushort* destination, int count)
        where TFormat : IStorageFormat<TLanes>
    {
        TLanes magnitude = TLanes.CreateBits(MagnitudeMask);
        TLanes largest = TLanes.CreateBits(0);
        for (int i = 0; i < count; i += Step)
        {
            TLanes value = TLanes.Load(source + i);
            largest = TLanes.MaximumBits(largest, TLanes.And(value, magnitude));
            TFormat.StoreFinite(value, destination, i);
        }

        if (!AnyAbove(largest, TFormat.LargestRoundedFinite))
        {
            return false;
        }

        for (int i = 0; i < count; i += Step)
        {
            TFormat.Store(TLanes.Load(source + i), destination, i);
        }

        return true;
    }

    private static bool HasNonFinite(float* values, int count)
    {
        TLanes magnitude = TLanes.CreateBits(MagnitudeMask);
        TLanes largest = TLanes.CreateBits(0);
        int i = 0;
        for (; i <= count - Step; i += Step)
        {
            largest = TLanes.MaximumBits(largest, TLanes.And(TLanes.Load(values + i), magnitude));
        }

        bool any = AnyAbove(largest, LargestFinite);
        for (; i < count; i++)
        {
            any |= !float.IsFinite(values[i]);
        }

        return any;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AnyAbove(TLanes magnitudes, uint limit) => TLanes.MaskBits(TLanes.BitsGreater(magnitudes, TLanes.CreateBits(limit))) != 0;
}
