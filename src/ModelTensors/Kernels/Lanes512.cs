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
    public static Lanes512 GreaterOrEqual(Lanes512 left, Lanes512 right) => new(Vector512.GreaterThanOrEqual(left.V0, right.V0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 BitsGreater(Lanes512 left, Lanes512 right) => new(
        Vector512.GreaterThan(left.V0.AsInt32(), right.V0.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 BitsEqual(Lanes512 left, Lanes512 right) => new(Vector512.Equals(left.V0.AsInt32(), right.V0.AsInt32()).AsSingle());

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
    public static uint MaskBits(Lanes512 mask) =>
        (uint)mask.V0.ExtractMostSignificantBits();

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StoreCompressed(Lanes512 value, Lanes512 mask, uint* destination)
    {
        if (!Avx512F.IsSupported)
        {
            return LaneFallbacks.StoreCompressed(value, mask, destination);
        }

        Avx512F.Compress(Vector512<uint>.Zero, mask.V0.AsUInt32(), value.V0.AsUInt32()).Store(destination);
        return BitOperations.PopCount(MaskBits(mask));
    }

    public static void Philox(ulong counter, PhiloxRoundKeys* keys, out Lanes512 word0, out Lanes512 word1, out Lanes512 word2, out Lanes512 word3)
    {
        if (!Avx512F.IsSupported)
        {
            LaneFallbacks.Philox(counter, keys, out word0, out word1, out word2, out word3);
            return;
        }

        PhiloxRounds(counter, keys, out Vector512<ulong> w0A, out Vector512<ulong> w1A, out Vector512<ulong> w2A, out Vector512<ulong> w3A);
        PhiloxRounds(counter + 8, keys, out Vector512<ulong> w0B, out Vector512<ulong> w1B, out Vector512<ulong> w2B, out Vector512<ulong> w3B);
        word0 = new(Vector512.Narrow(w0A, w0B).AsSingle());
        word1 = new(Vector512.Narrow(w1A, w1B).AsSingle());
        word2 = new(Vector512.Narrow(w2A, w2B).AsSingle());
        word3 = new(Vector512.Narrow(w3A, w3B).AsSingle());
    }

    /// <summary>
    /// The ten rounds for 8 consecutive counters, one to a 64-bit lane. Only the low half of each lane is meaningful: the
    /// widening multiply ignores the high half, so products and exclusive ors may leave anything there, and no shuffles are needed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PhiloxRounds(
        ulong counter, PhiloxRoundKeys* keys, out Vector512<ulong> word0, out Vector512<ulong> word1, out Vector512<ulong> word2, out Vector512<ulong> word3)
    {
        Vector512<ulong> multiplier0 = Vector512.Create((ulong)ModelTensors.Philox.Multiplier0);
        Vector512<ulong> multiplier1 = Vector512.Create((ulong)ModelTensors.Philox.Multiplier1);
        word0 = Vector512.Create(counter) + Vector512<ulong>.Indices;
        word1 = Vector512.ShiftRightLogical(word0, 32);
        word2 = Vector512<ulong>.Zero;
        word3 = Vector512<ulong>.Zero;
        for (int round = 0; round < ModelTensors.Philox.Rounds; round++)
        {
            Vector512<ulong> product0 = Avx512F.Multiply(word0.AsUInt32(), multiplier0.AsUInt32());
            Vector512<ulong> product1 = Avx512F.Multiply(word2.AsUInt32(), multiplier1.AsUInt32());
            word0 = Vector512.ShiftRightLogical(product1, 32) ^ word1 ^ Vector512.Create(keys->Words[2 * round]);
            word1 = product1;
            word2 = Vector512.ShiftRightLogical(product0, 32) ^ word3 ^ Vector512.Create(keys->Words[(2 * round) + 1]);
            word3 = product0;
        }
    }
}
