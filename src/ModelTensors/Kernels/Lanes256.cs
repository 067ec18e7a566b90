using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelTensors.Kernels;

/// <summary>Sixteen floats in two 256-bit vectors.</summary>
internal readonly unsafe struct Lanes256(Vector256<float> v0, Vector256<float> v1) : ILanes<Lanes256>
{
    public readonly Vector256<float> V0 = v0;
    public readonly Vector256<float> V1 = v1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Create(float value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 CreateBits(uint value) => new(Vector256.Create(value).AsSingle(), Vector256.Create(value).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 value, float* destination)
    {
        value.V0.Store(destination);
        value.V1.Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Add(Lanes256 left, Lanes256 right) => new(left.V0 + right.V0, left.V1 + right.V1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Subtract(Lanes256 left, Lanes256 right) => new(left.V0 - right.V0, left.V1 - right.V1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Multiply(Lanes256 left, Lanes256 right) => new(left.V0 * right.V0, left.V1 * right.V1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Divide(Lanes256 left, Lanes256 right) => new(left.V0 / right.V0, left.V1 / right.V1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 FusedMultiplyAdd(Lanes256 left, Lanes256 right, Lanes256 addend) => new(
        Vector256.FusedMultiplyAdd(left.V0, right.V0, addend.V0),
        Vector256.FusedMultiplyAdd(left.V1, right.V1, addend.V1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 And(Lanes256 left, Lanes256 right) => new(left.V0 & right.V0, left.V1 & right.V1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AndNot(Lanes256 left, Lanes256 right) => new(Vector256.AndNot(left.V0, right.V0), Vector256.AndNot(left.V1, right.V1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Or(Lanes256 left, Lanes256 right) => new(left.V0 | right.V0, left.V1 | right.V1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Xor(Lanes256 left, Lanes256 right) => new(left.V0 ^ right.V0, left.V1 ^ right.V1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Select(Lanes256 mask, Lanes256 whereSet, Lanes256 whereClear) => new(
        Vector256.ConditionalSelect(mask.V0, whereSet.V0, whereClear.V0),
        Vector256.ConditionalSelect(mask.V1, whereSet.V1, whereClear.V1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 KeepGreater(Lanes256 value, Lanes256 left, Lanes256 right) => And(value, BitsGreater(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 KeepPositive(Lanes256 value, Lanes256 sign) => And(value, new(
        Vector256.GreaterThan(sign.V0, Vector256<float>.Zero),
        Vector256.GreaterThan(sign.V1, Vector256<float>.Zero)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AddPositive(Lanes256 left, Lanes256 right, Lanes256 sign) => Add(left, KeepPositive(right, sign));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 KeepAtMost(Lanes256 value, Lanes256 left, Lanes256 right) => And(value, new(
        Vector256.LessThanOrEqual(left.V0.AsUInt32(), right.V0.AsUInt32()).AsSingle(),
        Vector256.LessThanOrEqual(left.V1.AsUInt32(), right.V1.AsUInt32()).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 KeepLanes(Lanes256 value, uint bits) => And(value, CreateMask(bits));

    // Subtracting a mask, all ones where set, adds one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 CountGreater(Lanes256 counts, Lanes256 left, Lanes256 right) => SubtractBits(counts, BitsGreater(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 CountEqual(Lanes256 counts, Lanes256 left, Lanes256 right) => SubtractBits(counts, BitsEqual(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FindGreater(Lanes256 left, Lanes256 right) => MaskBits(BitsGreater(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FindEqual(Lanes256 left, Lanes256 right) => MaskBits(BitsEqual(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FindAtMost(Lanes256 left, Lanes256 right) => MaskBits(new(
        Vector256.LessThanOrEqual(left.V0.AsUInt32(), right.V0.AsUInt32()).AsSingle(),
        Vector256.LessThanOrEqual(left.V1.AsUInt32(), right.V1.AsUInt32()).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 GreaterOrEqual(Lanes256 left, Lanes256 right) => new(
        Vector256.GreaterThanOrEqual(left.V0, right.V0),
        Vector256.GreaterThanOrEqual(left.V1, right.V1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 BitsGreater(Lanes256 left, Lanes256 right) => new(
        Vector256.GreaterThan(left.V0.AsInt32(), right.V0.AsInt32()).AsSingle(),
        Vector256.GreaterThan(left.V1.AsInt32(), right.V1.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 BitsEqual(Lanes256 left, Lanes256 right) => new(
        Vector256.Equals(left.V0.AsInt32(), right.V0.AsInt32()).AsSingle(),
        Vector256.Equals(left.V1.AsInt32(), right.V1.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ConvertBits(Lanes256 value) => new(
        Vector256.ConvertToSingle(value.V0.AsInt32()),
        Vector256.ConvertToSingle(value.V1.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ShiftBitsRight(Lanes256 value, int count) => new(
        Vector256.ShiftRightLogical(value.V0.AsUInt32(), count).AsSingle(),
        Vector256.ShiftRightLogical(value.V1.AsUInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ShiftBitsLeft(Lanes256 value, int count) => new(
        Vector256.ShiftLeft(value.V0.AsUInt32(), count).AsSingle(),
        Vector256.ShiftLeft(value.V1.AsUInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AddBits(Lanes256 left, Lanes256 right) => new(
        (left.V0.AsUInt32() + right.V0.AsUInt32()).AsSingle(),
        (left.V1.AsUInt32() + right.V1.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SubtractBits(Lanes256 left, Lanes256 right) => new((left.V0.AsUInt32() - right.V0.AsUInt32()).AsSingle(), (left.V1.AsUInt32() - right.V1.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MaximumBits(Lanes256 left, Lanes256 right) => new(
        Vector256.Max(left.V0.AsUInt32(), right.V0.AsUInt32()).AsSingle(),
        Vector256.Max(left.V1.AsUInt32(), right.V1.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MinimumBits(Lanes256 left, Lanes256 right) => new(
        Vector256.Min(left.V0.AsUInt32(), right.V0.AsUInt32()).AsSingle(),
        Vector256.Min(left.V1.AsUInt32(), right.V1.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 CreateMask(uint bits) => new(
        MaskOf(bits, Vector256.Create(0x0001u, 0x0002u, 0x0004u, 0x0008u, 0x0010u, 0x0020u, 0x0040u, 0x0080u)),
        MaskOf(bits, Vector256.Create(0x0100u, 0x0200u, 0x0400u, 0x0800u, 0x1000u, 0x2000u, 0x4000u, 0x8000u)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint MaskBits(Lanes256 mask) =>
        mask.V0.ExtractMostSignificantBits() | (mask.V1.ExtractMostSignificantBits() << 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadWords(ushort* source)
    {
        (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(Vector256.Load(source));
        return new(lower.AsSingle(), upper.AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreWords(Lanes256 value, ushort* destination) =>
        Vector256.Narrow(value.V0.AsUInt32(), value.V1.AsUInt32()).Store(destination);

    public static bool StoresManyAsFew => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StoreBelow(Lanes256 value, Lanes256 keys, Lanes256 limit, uint* destination)
    {
        Lanes256 below = new(
            Vector256.LessThan(keys.V0.AsUInt32(), limit.V0.AsUInt32()).AsSingle(),
            Vector256.LessThan(keys.V1.AsUInt32(), limit.V1.AsUInt32()).AsSingle());
        return LaneFallbacks.StoreCompressed(value, below, destination);
    }

    public static void Philox(ulong counter, PhiloxRoundKeys* keys, out Lanes256 word0, out Lanes256 word1, out Lanes256 word2, out Lanes256 word3)
    {
        if (!Avx2.IsSupported)
        {
            LaneFallbacks.Philox(counter, keys, out word0, out word1, out word2, out word3);
            return;
        }

        PhiloxRounds(counter, keys, out Vector256<ulong> w0A, out Vector256<ulong> w1A, out Vector256<ulong> w2A, out Vector256<ulong> w3A);
        PhiloxRounds(counter + 4, keys, out Vector256<ulong> w0B, out Vector256<ulong> w1B, out Vector256<ulong> w2B, out Vector256<ulong> w3B);
        PhiloxRounds(counter + 8, keys, out Vector256<ulong> w0C, out Vector256<ulong> w1C, out Vector256<ulong> w2C, out Vector256<ulong> w3C);
        PhiloxRounds(counter + 12, keys, out Vector256<ulong> w0D, out Vector256<ulong> w1D, out Vector256<ulong> w2D, out Vector256<ulong> w3D);
        word0 = new(Vector256.Narrow(w0A, w0B).AsSingle(), Vector256.Narrow(w0C, w0D).AsSingle());
        word1 = new(Vector256.Narrow(w1A, w1B).AsSingle(), Vector256.Narrow(w1C, w1D).AsSingle());
        word2 = new(Vector256.Narrow(w2A, w2B).AsSingle(), Vector256.Narrow(w2C, w2D).AsSingle());
        word3 = new(Vector256.Narrow(w3A, w3B).AsSingle(), Vector256.Narrow(w3C, w3D).AsSingle());
    }

    /// <summary>
    /// The ten rounds for 4 consecutive counters, one to a 64-bit lane. Only the low half of each lane is meaningful: the
    /// widening multiply ignores the high half, so products and exclusive ors may leave anything there, and no shuffles are needed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PhiloxRounds(
        ulong counter, PhiloxRoundKeys* keys, out Vector256<ulong> word0, out Vector256<ulong> word1, out Vector256<ulong> word2, out Vector256<ulong> word3)
    {
        Vector256<ulong> multiplier0 = Vector256.Create((ulong)ModelTensors.Philox.Multiplier0);
        Vector256<ulong> multiplier1 = Vector256.Create((ulong)ModelTensors.Philox.Multiplier1);
        word0 = Vector256.Create(counter) + Vector256<ulong>.Indices;
        word1 = Vector256.ShiftRightLogical(word0, 32);
        word2 = Vector256<ulong>.Zero;
        word3 = Vector256<ulong>.Zero;
        for (int round = 0; round < ModelTensors.Philox.Rounds; round++)
        {
            Vector256<ulong> product0 = Avx2.Multiply(word0.AsUInt32(), multiplier0.AsUInt32());
            Vector256<ulong> product1 = Avx2.Multiply(word2.AsUInt32(), multiplier1.AsUInt32());
            word0 = Vector256.ShiftRightLogical(product1, 32) ^ word1 ^ Vector256.Create(keys->Words[2 * round]);
            word1 = product1;
            word2 = Vector256.ShiftRightLogical(product0, 32) ^ word3 ^ Vector256.Create(keys->Words[(2 * round) + 1]);
            word3 = product0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> MaskOf(uint bits, Vector256<uint> lanes) => Vector256.Equals(Vector256.Create(bits) & lanes, lanes).AsSingle();
}
