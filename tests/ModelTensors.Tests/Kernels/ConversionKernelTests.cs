using System.Runtime.InteropServices;
using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

[Category("Kernels")]
public sealed unsafe class ConversionKernelTests
{
    private static IReadOnlyList<ChunkKernels> Widths => ChunkKernels.All;

    [TestCaseSource(nameof(Widths))]
    public void Widen_OfEveryBFloat16_EqualsTheUpperHalfOfAFloat(object kernels) =>
        CheckWiden((ChunkKernels)kernels, DataType.BF16, word => new BFloat16(word).ToSingle());

    [TestCaseSource(nameof(Widths))]
    public void Widen_OfEveryHalf_EqualsTheCast(object kernels) =>
        CheckWiden((ChunkKernels)kernels, DataType.F16, word => (float)BitConverter.UInt16BitsToHalf(word));

    [TestCaseSource(nameof(Widths))]
    public void Widen_OfEveryFloat8_EqualsTheTable(object kernels)
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        float* result = stackalloc float[256];
        foreach ((DataType type, ReadOnlySpan<float> table) in new[] { (DataType.F8E4M3, Float8.E4M3.ToArray()), (DataType.F8E5M2, Float8.E5M2.ToArray()) }.Select(x => (x.Item1, x.Item2)))
        {
            fixed (byte* source = bytes)
            {
                Assert.That(((ChunkKernels)kernels).Widen(source, type, result, 256), Is.True);
            }

            Assert.That(FirstDifference(new ReadOnlySpan<float>(result, 256), table), Is.EqualTo(-1));
        }
    }

    [TestCaseSource(nameof(Widths))]
    public void Narrow_OfFloatsAroundEveryBoundary_RoundsToNearestEven(object kernels)
    {
        // Every stored value, the middle to the next, and the floats next to both: where rounding decides.
        List<float> halves = [];
        List<float> bFloats = [];
        for (int word = 0; word < 0x10000; word += word % 257 == 0 ? 1 : 3)
        {
            AddNeighbours(halves, BitConverter.SingleToUInt32Bits((float)BitConverter.UInt16BitsToHalf((ushort)word)), 0x1000);
            AddNeighbours(bFloats, (uint)word << 16, 0x8000);
        }

        Random random = new(1);
        for (int i = 0; i < 100_000; i++)
        {
            halves.Add(BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)));
            bFloats.Add(BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)));
        }

        CheckNarrow((ChunkKernels)kernels, DataType.F16, [.. halves], value => float.IsNaN(value)
            ? (ushort)((BitConverter.SingleToUInt32Bits(value) >> 16 & 0x8000) | 0x7E00)
            : BitConverter.HalfToUInt16Bits((Half)value));
        CheckNarrow((ChunkKernels)kernels, DataType.BF16, [.. bFloats], RoundToBFloat16);
    }

    [TestCaseSource(nameof(Widths))]
    public void WidenAndNarrow_AtEveryLength_TouchOnlyTheirElements(object kernels)
    {
        ChunkKernels k = (ChunkKernels)kernels;
        foreach (int count in Lengths.All)
        {
            foreach (DataType type in new[] { DataType.BF16, DataType.F16, DataType.F32, DataType.F64 })
            {
                byte[] stored = new byte[(count + 1) * type.Size];
                float[] floats = new float[count + 1];
                for (int i = 0; i < count; i++)
                {
                    floats[i] = i - 7;
                }

                float[] back = new float[count + 1];
                Array.Fill(stored, (byte)0x55);
                Array.Fill(back, 99);
                fixed (byte* bytes = stored)
                fixed (float* from = floats)
                fixed (float* to = back)
                {
                    bool nonFinite = k.Narrow(from, bytes, type, count) | k.Widen(bytes, type, to, count);
                    Assert.That(nonFinite, Is.False);
                }

                // 1000 needs more than eleven bits nowhere, but more than bf16's eight above 256.
                int wrong = type == DataType.BF16 && count > 263 ? FirstDifference(back.AsSpan(0, 263), floats.AsSpan(0, 263)) : FirstDifference(back.AsSpan(0, count), floats.AsSpan(0, count));
                Assert.That((wrong, back[count], stored[^1]), Is.EqualTo((-1, 99f, (byte)0x55)), $"{type} x {count}");
            }
        }
    }

    [Test]
    public void Narrow_OfF64AndF32_SaysWhatIsNotFinite([Values(float.NaN, float.NegativeInfinity)] float special, [Values] bool wide)
    {
        float* values = stackalloc float[33];
        double* place = stackalloc double[33];
        for (int i = 0; i < 33; i++)
        {
            new Span<float>(values, 33).Clear();
            values[i] = special;
            DataType type = wide ? DataType.F64 : DataType.F32;
            Assert.That(ChunkKernels.Best.Narrow(values, place, type, 33) && ChunkKernels.Best.Widen(place, type, values, 33), Is.True);
        }
    }

    private static void AddNeighbours(List<float> values, uint bits, uint half)
    {
        foreach (uint at in new[] { bits, bits + half })
        {
            values.Add(BitConverter.UInt32BitsToSingle(at - 1));
            values.Add(BitConverter.UInt32BitsToSingle(at));
            values.Add(BitConverter.UInt32BitsToSingle(at + 1));
        }
    }

    // By the distance to both neighbours, in double: nothing of the trick with the added half.
    private static ushort RoundToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        ushort upper = (ushort)(bits >> 16);
        if (float.IsNaN(value))
        {
            return (ushort)(upper | 0x40);
        }

        uint rest = bits & 0xFFFF;
        return rest > 0x8000 || (rest == 0x8000 && upper % 2 == 1) ? (ushort)(upper + 1) : upper;
    }

    private static void CheckWiden(ChunkKernels kernels, DataType type, Func<ushort, float> expected)
    {
        ushort[] words = [.. Enumerable.Range(0, 0x10000).Select(i => (ushort)i)];
        float[] widened = new float[words.Length];
        fixed (ushort* source = words)
        fixed (float* destination = widened)
        {
            Assert.That(kernels.Widen(source, type, destination, words.Length), Is.True);
        }

        for (int i = 0; i < words.Length; i++)
        {
            float value = expected(words[i]);
            bool same = float.IsNaN(value) ? float.IsNaN(widened[i]) : BitConverter.SingleToUInt32Bits(value) == BitConverter.SingleToUInt32Bits(widened[i]);
            Assert.That(same, Is.True, $"{i:X4}: {widened[i]}, not {value}");
        }
    }

    private static void CheckNarrow(ChunkKernels kernels, DataType type, float[] values, Func<float, ushort> expected)
    {
        ushort[] words = new ushort[values.Length];
        fixed (float* source = values)
        fixed (ushort* destination = words)
        {
            Assert.That(kernels.Narrow(source, destination, type, values.Length), Is.True);
        }

        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] != expected(values[i]))
            {
                Assert.Fail($"{values[i]:R} ({BitConverter.SingleToUInt32Bits(values[i]):X8}): {words[i]:X4}, not {expected(values[i]):X4}");
            }
        }

        // The fast rounding of what is finite gives the same bits.
        float largest = type == DataType.F16 ? 65519 : 3.38e38f;
        float[] finite = [.. values.Where(value => Math.Abs(value) <= largest)];
        fixed (float* source = finite)
        fixed (ushort* destination = words)
        {
            Assert.That(kernels.Narrow(source, destination, type, finite.Length), Is.False);
        }

        Assert.That(Enumerable.Range(0, finite.Length).All(i => words[i] == expected(finite[i])), Is.True);
    }

    private static int FirstDifference(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        ReadOnlySpan<int> a = MemoryMarshal.Cast<float, int>(left);
        ReadOnlySpan<int> b = MemoryMarshal.Cast<float, int>(right);
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] != b[i] && !(float.IsNaN(left[i]) && float.IsNaN(right[i])))
            {
                return i;
            }
        }

        return -1;
    }
}
