using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelTensors.Kernels;

/// <summary>Sixteen floats in one 512-bit vector.</summary>
internal readonly unsafe struct Lanes512(Vector512<float> v0) : ILanes<Lanes512>
{
    public readonly Vector512<float> V0 = v0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 CreateBits(uint value) => new(Vector512.Create(value).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 value, float* destination)
    {
        value.V0.Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Add(Lanes512 left, Lanes512 right) => new(left.V0 + right.V0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Subtract(Lanes512 left, Lanes512 right) => new(left.V0 - right.V0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Multiply(Lanes512 left, Lanes512 right) => new(left.V0 * right.V0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Divide(Lanes512 left, Lanes512 right) => new(left.V0 / right.V0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 FusedMultiplyAdd(Lanes512 left, Lanes512 right, Lanes512 addend) => new(
        Vector512.FusedMultiplyAdd(left.V0, right.V0, addend.V0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 And(Lanes512 left, Lanes512 right) => new(left.V0 & right.V0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AndNot(Lanes512 left, Lanes512 right) => new(Vector512.AndNot(left.V0, right.V0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Or(Lanes512 left, Lanes512 right) => new(left.V0 | right.V0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Xor(Lanes512 left, Lanes512 right) => new(left.V0 ^ right.V0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Select(Lanes512 mask, Lanes512 whereSet, Lanes512 whereClear) => new(
        Vector512.ConditionalSelect(mask.V0, whereSet.V0, whereClear.V0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 KeepGreater(Lanes512 value, Lanes512 left, Lanes512 right) => new(
        Vector512.ConditionalSelect(Vector512.GreaterThan(left.V0.AsInt32(), right.V0.AsInt32()), value.V0.AsInt32(), Vector512<int>.Zero).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 KeepPositive(Lanes512 value, Lanes512 sign) => new(
        Vector512.ConditionalSelect(Vector512.GreaterThan(sign.V0, Vector512<float>.Zero), value.V0, Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AddPositive(Lanes512 left, Lanes512 right, Lanes512 sign) => new(
        Vector512.ConditionalSelect(Vector512.GreaterThan(sign.V0, Vector512<float>.Zero), left.V0 + right.V0, left.V0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 KeepAtMost(Lanes512 value, Lanes512 left, Lanes512 right) => new(
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(left.V0.AsUInt32(), right.V0.AsUInt32()), value.V0.AsUInt32(), Vector512<uint>.Zero).AsSingle());

    // The bits become a mask register: one broadcast and one test.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 KeepLanes(Lanes512 value, uint bits) => new(Vector512.ConditionalSelect(
        Vector512.Equals(
            Vector512.Create(bits) & Vector512.Create(0x0001u, 0x0002u, 0x0004u, 0x0008u, 0x0010u, 0x0020u, 0x0040u, 0x0080u, 0x0100u, 0x0200u, 0x0400u, 0x0800u, 0x1000u, 0x2000u, 0x4000u, 0x8000u),
            Vector512<uint>.Zero),
        Vector512<uint>.Zero,
        value.V0.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 CountGreater(Lanes512 counts, Lanes512 left, Lanes512 right) => new(Vector512.ConditionalSelect(
        Vector512.GreaterThan(left.V0.AsInt32(), right.V0.AsInt32()), counts.V0.AsInt32() + Vector512<int>.One, counts.V0.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 CountEqual(Lanes512 counts, Lanes512 left, Lanes512 right) => new(Vector512.ConditionalSelect(
        Vector512.Equals(left.V0.AsInt32(), right.V0.AsInt32()), counts.V0.AsInt32() + Vector512<int>.One, counts.V0.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FindGreater(Lanes512 left, Lanes512 right) =>
        (uint)Vector512.GreaterThan(left.V0.AsInt32(), right.V0.AsInt32()).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FindEqual(Lanes512 left, Lanes512 right) =>
        (uint)Vector512.Equals(left.V0.AsInt32(), right.V0.AsInt32()).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FindAtMost(Lanes512 left, Lanes512 right) =>
        (uint)Vector512.LessThanOrEqual(left.V0.AsUInt32(), right.V0.AsUInt32()).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 GreaterOrEqual(Lanes512 left, Lanes512 right) => new(Vector512.GreaterThanOrEqual(left.V0, right.V0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 BitsGreater(Lanes512 left, Lanes512 right) => new(
        Vector512.GreaterThan(left.V0.AsInt32(), right.V0.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 BitsEqual(Lanes512 left, Lanes512 right) => new(Vector512.Equals(left.V0.AsInt32(), right.V0.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ConvertBits(Lanes512 value) => new(Vector512.ConvertToSingle(value.V0.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ShiftBitsRight(Lanes512 value, int count) => new(Vector512.ShiftRightLogical(value.V0.AsUInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ShiftBitsLeft(Lanes512 value, int count) => new(Vector512.ShiftLeft(value.V0.AsUInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AddBits(Lanes512 left, Lanes512 right) => new((left.V0.AsUInt32() + right.V0.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 SubtractBits(Lanes512 left, Lanes512 right) => new((left.V0.AsUInt32() - right.V0.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MaximumBits(Lanes512 left, Lanes512 right) => new(
        Vector512.Max(left.V0.AsUInt32(), right.V0.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MinimumBits(Lanes512 left, Lanes512 right) => new(
        Vector512.Min(left.V0.AsUInt32(), right.V0.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 CreateMask(uint bits) => new(
        MaskOf(bits, Vector512.Create(0x0001u, 0x0002u, 0x0004u, 0x0008u, 0x0010u, 0x0020u, 0x0040u, 0x0080u, 0x0100u, 0x0200u, 0x0400u, 0x0800u, 0x1000u, 0x2000u, 0x4000u, 0x8000u)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint MaskBits(Lanes512 mask) =>
        (uint)mask.V0.AsUInt32().ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadWords(ushort* source) => new(Vector512.WidenLower(Vector256.Load(source).ToVector512Unsafe()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreWords(Lanes512 value, ushort* destination)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.ConvertToVector256UInt16(value.V0.AsUInt32()).Store(destination);
        }
        else
        {
            Vector512.Narrow(value.V0.AsUInt32(), value.V0.AsUInt32()).GetLower().Store(destination);
        }
    }

    public static bool StoresManyAsFew => Avx512F.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StoreBelow(Lanes512 value, Lanes512 keys, Lanes512 limit, uint* destination)
    {
        Vector512<uint> below = Vector512.LessThan(keys.V0.AsUInt32(), limit.V0.AsUInt32());
        if (!Avx512F.IsSupported)
        {
            return LaneFallbacks.StoreCompressed(value, new Lanes512(below.AsSingle()), destination);
        }

        Avx512F.Compress(Vector512<uint>.Zero, below, value.V0.AsUInt32()).Store(destination);
        return BitOperations.PopCount((uint)below.ExtractMostSignificantBits());
    }

    public static void Philox(ulong counter, PhiloxRoundKeys* keys, out Lanes512 word0, out Lanes512 word1, out Lanes512 word2, out Lanes512 word3)
    {
        if (!Avx512F.IsSupported)
        {
            LaneFallbacks.Philox(counter, keys, out word0, out word1, out word2, out word3);
            return;
        }

        // Counters in the low halves of 64-bit lanes. The widening multiply ignores the high halves, so anything may stand there, and bringing a
        // product's high half down by a shuffle rather than a shift balances the two ports that execute 512-bit vectors. Two times eight
        // counters take turns, because each round waits for the multiplications of the one before.
        //
        // The high words of the counters are zero, and the second is the same in all lanes: two multiplications of the first rounds are spared.
        uint uniform = (uint)(counter >> 32) ^ (uint)keys->Words[0];
        ulong product = (ulong)ModelTensors.Philox.Multiplier0 * uniform;
        Vector512<uint> multiplier0 = Vector512.Create(ModelTensors.Philox.Multiplier0);
        Vector512<uint> multiplier1 = Vector512.Create(ModelTensors.Philox.Multiplier1);
        Vector512<uint> counters = (Vector512.Create(counter) + Vector512<ulong>.Indices).AsUInt32();
        Vector512<uint> product0A = Product(counters, multiplier0);
        Vector512<uint> product0B = Product((counters.AsUInt64() + Vector512.Create(8ul)).AsUInt32(), multiplier0);
        Vector512<uint> key = RoundKey(keys, 1);
        Vector512<uint> product1A = Product(High(product0A) ^ key, multiplier1);
        Vector512<uint> product1B = Product(High(product0B) ^ key, multiplier1);
        key = RoundKey(keys, 2);
        Vector512<uint> w0A = High(product1A) ^ key;
        Vector512<uint> w0B = High(product1B) ^ key;
        Vector512<uint> w1A = product1A;
        Vector512<uint> w1B = product1B;
        key = Vector512.Create((uint)(product >> 32) ^ (uint)keys->Words[3]);
        Vector512<uint> w2A = product0A ^ key;
        Vector512<uint> w2B = product0B ^ key;
        Vector512<uint> w3A = Vector512.Create((uint)product);
        Vector512<uint> w3B = w3A;
        for (int round = 2; round < ModelTensors.Philox.Rounds; round++)
        {
            Vector512<uint> key0 = RoundKey(keys, 2 * round);
            Vector512<uint> key1 = RoundKey(keys, (2 * round) + 1);
            product0A = Product(w0A, multiplier0);
            product0B = Product(w0B, multiplier0);
            product1A = Product(w2A, multiplier1);
            product1B = Product(w2B, multiplier1);
            w0A = Xor(High(product1A), w1A, key0);
            w0B = Xor(High(product1B), w1B, key0);
            w2A = Xor(High(product0A), w3A, key1);
            w2B = Xor(High(product0B), w3B, key1);
            w1A = product1A;
            w1B = product1B;
            w3A = product0A;
            w3B = product0B;
        }

        word0 = new(Join(w0A, w0B));
        word1 = new(Join(w1A, w1B));
        word2 = new(Join(w2A, w2B));
        word3 = new(Join(w3A, w3B));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Product(Vector512<uint> left, Vector512<uint> right) => Avx512F.Multiply(left, right).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> High(Vector512<uint> product) => Avx512F.Shuffle(product, 0b11_11_01_01);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Xor(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => Avx512F.TernaryLogic(a, b, c, 0x96);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> RoundKey(PhiloxRoundKeys* keys, int word) => Vector512.Create(keys->Words[word]).AsUInt32();

    // The low halves of the 64-bit lanes of both, in order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Join(Vector512<uint> lower, Vector512<uint> upper) => Avx512F.PermuteVar16x32x2(
        lower, Vector512.Create(0u, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), upper).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> MaskOf(uint bits, Vector512<uint> lanes) => Vector512.Equals(Vector512.Create(bits) & lanes, lanes).AsSingle();
}
