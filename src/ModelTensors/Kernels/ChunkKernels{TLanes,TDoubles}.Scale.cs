using System.Runtime.CompilerServices;

namespace ModelTensors.Kernels;

/// <content>Products of a tensor with a number, from storage to storage.</content>
internal sealed unsafe partial class ChunkKernels<TLanes, TDoubles>
{
    private const uint AllLanes = 0xFFFF;

    public override void Scale(void* source, DataType type, float factor, void* destination, DataType output, int count)
    {
        switch (type)
        {
            case DataType.F32:
                ScaleFrom<SingleFormat<TLanes>>(source, factor, destination, output, count);
                break;
            case DataType.BF16:
                ScaleFrom<BFloat16Format<TLanes>>(source, factor, destination, output, count);
                break;
            case DataType.F16:
                ScaleFrom<HalfFormat<TLanes>>(source, factor, destination, output, count);
                break;
            default:
                throw new NotSupportedException($"Products of {type.SafetensorsName} elements are not taken in place.");
        }
    }

    private static void ScaleFrom<TFormat>(void* source, float factor, void* destination, DataType output, int count)
        where TFormat : IStorageFormat<TLanes>
    {
        switch (output)
        {
            case DataType.F32:
                ScaleWords<TFormat, SingleFormat<TLanes>>((byte*)source, factor, (byte*)destination, count);
                break;
            case DataType.BF16:
                ScaleWords<TFormat, BFloat16Format<TLanes>>((byte*)source, factor, (byte*)destination, count);
                break;
            case DataType.F16:
                ScaleWords<TFormat, HalfFormat<TLanes>>((byte*)source, factor, (byte*)destination, count);
                break;
            default:
                throw new NotSupportedException($"Products are not rounded to {output.SafetensorsName}.");
        }
    }

    // Most halves are normal and stay so. For those neither the conversion in nor the one out has a case to tell apart.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void ScaleHalves(ushort* source, float factor, ushort* destination, int count)
    {
        TLanes factors = TLanes.Create(MathF.Abs(factor));
        TLanes flipped = TLanes.CreateBits(BitConverter.SingleToUInt32Bits(factor) >> 16 & 0x8000);
        TLanes signed = TLanes.Create(factor);
        for (int i = 0; i < count; i += Step)
        {
            ReadAhead.Prefetch(source + i);
            TLanes words = TLanes.LoadWords(source + i);
            TLanes magnitude = TLanes.And(words, TLanes.CreateBits(0x7FFF));
            TLanes product = TLanes.Multiply(TLanes.AddBits(TLanes.ShiftBitsLeft(magnitude, 13), TLanes.CreateBits(112u << 23)), factors);
            uint isNormal = TLanes.FindAtMost(TLanes.SubtractBits(magnitude, TLanes.CreateBits(0x0400)), TLanes.CreateBits(0x7BFF - 0x0400))
                & TLanes.FindAtMost(TLanes.SubtractBits(product, TLanes.CreateBits(0x3880_0000)), TLanes.CreateBits(0x477F_EFFF - 0x3880_0000));
            if (isNormal == AllLanes)
            {
                TLanes odd = TLanes.And(TLanes.ShiftBitsRight(product, 13), TLanes.CreateBits(1));
                TLanes rounded = TLanes.ShiftBitsRight(TLanes.AddBits(TLanes.AddBits(product, TLanes.CreateBits(unchecked(0x0FFF - (112u << 23)))), odd), 13);
                TLanes sign = TLanes.Xor(TLanes.AndNot(words, TLanes.CreateBits(0x7FFF)), flipped);
                TLanes.StoreWords(TLanes.Or(rounded, sign), destination + i);
            }
            else
            {
                HalfFormat<TLanes>.Store(TLanes.Multiply(HalfFormat<TLanes>.Load(source, i), signed), destination, i);
            }
        }
    }

    private static void ScaleWords<TFrom, TTo>(byte* source, float factor, byte* destination, int count)
        where TFrom : IStorageFormat<TLanes>
        where TTo : IStorageFormat<TLanes>
    {
        int whole = count & -Step;
        ScaleSteps<TFrom, TTo>(source, factor, destination, whole);
        if (whole < count)
        {
            byte* from = stackalloc byte[Step * sizeof(float)];
            byte* to = stackalloc byte[Step * sizeof(float)];
            new Span<byte>(from, Step * sizeof(float)).Clear();
            new ReadOnlySpan<byte>(source + (whole * TFrom.Size), (count - whole) * TFrom.Size).CopyTo(new Span<byte>(from, Step * sizeof(float)));
            ScaleSteps<TFrom, TTo>(from, factor, to, Step);
            new ReadOnlySpan<byte>(to, (count - whole) * TTo.Size).CopyTo(new Span<byte>(destination + (whole * TTo.Size), (count - whole) * TTo.Size));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void ScaleSteps<TFrom, TTo>(byte* source, float factor, byte* destination, int count)
        where TFrom : IStorageFormat<TLanes>
        where TTo : IStorageFormat<TLanes>
    {
        if (typeof(TFrom) == typeof(HalfFormat<TLanes>) && typeof(TTo) == typeof(HalfFormat<TLanes>))
        {
            ScaleHalves((ushort*)source, factor, (ushort*)destination, count);
            return;
        }

        TLanes factors = TLanes.Create(factor);
        for (int i = 0; i < count; i += Step)
        {
            ReadAhead.Prefetch(source + (i * TFrom.Size));
            TTo.Store(TLanes.Multiply(TFrom.Load(source, i), factors), destination, i);
        }
    }
}
