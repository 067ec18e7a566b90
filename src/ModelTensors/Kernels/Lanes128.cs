using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>Sixteen floats in four 128-bit vectors.</summary>
internal readonly unsafe struct Lanes128(Vector128<float> v0, Vector128<float> v1, Vector128<float> v2, Vector128<float> v3) : ILanes<Lanes128>
{
    public readonly Vector128<float> V0 = v0;
    public readonly Vector128<float> V1 = v1;
    public readonly Vector128<float> V2 = v2;
    public readonly Vector128<float> V3 = v3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Create(float value) => new(
        Vector128.Create(value),
        Vector128.Create(value),
        Vector128.Create(value),
        Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 CreateBits(uint value) => new(
        Vector128.Create(value).AsSingle(),
        Vector128.Create(value).AsSingle(),
        Vector128.Create(value).AsSingle(),
        Vector128.Create(value).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* source) => new(
        Vector128.Load(source),
        Vector128.Load(source + 4),
        Vector128.Load(source + 8),
        Vector128.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 value, float* destination)
    {
        value.V0.Store(destination);
        value.V1.Store(destination + 4);
        value.V2.Store(destination + 8);
        value.V3.Store(destination + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Add(Lanes128 left, Lanes128 right) => new(
        left.V0 + right.V0,
        left.V1 + right.V1,
        left.V2 + right.V2,
        left.V3 + right.V3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Subtract(Lanes128 left, Lanes128 right) => new(
        left.V0 - right.V0,
        left.V1 - right.V1,
        left.V2 - right.V2,
        left.V3 - right.V3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Multiply(Lanes128 left, Lanes128 right) => new(
        left.V0 * right.V0,
        left.V1 * right.V1,
        left.V2 * right.V2,
        left.V3 * right.V3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Divide(Lanes128 left, Lanes128 right) => new(
        left.V0 / right.V0,
        left.V1 / right.V1,
        left.V2 / right.V2,
        left.V3 / right.V3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 FusedMultiplyAdd(Lanes128 left, Lanes128 right, Lanes128 addend) => new(
        Vector128.FusedMultiplyAdd(left.V0, right.V0, addend.V0),
        Vector128.FusedMultiplyAdd(left.V1, right.V1, addend.V1),
        Vector128.FusedMultiplyAdd(left.V2, right.V2, addend.V2),
        Vector128.FusedMultiplyAdd(left.V3, right.V3, addend.V3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 And(Lanes128 left, Lanes128 right) => new(
        left.V0 & right.V0,
        left.V1 & right.V1,
        left.V2 & right.V2,
        left.V3 & right.V3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AndNot(Lanes128 left, Lanes128 right) => new(
        Vector128.AndNot(left.V0, right.V0),
        Vector128.AndNot(left.V1, right.V1),
        Vector128.AndNot(left.V2, right.V2),
        Vector128.AndNot(left.V3, right.V3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Or(Lanes128 left, Lanes128 right) => new(
        left.V0 | right.V0,
        left.V1 | right.V1,
        left.V2 | right.V2,
        left.V3 | right.V3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Xor(Lanes128 left, Lanes128 right) => new(
        left.V0 ^ right.V0,
        left.V1 ^ right.V1,
        left.V2 ^ right.V2,
        left.V3 ^ right.V3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Select(Lanes128 mask, Lanes128 whereSet, Lanes128 whereClear) => new(
        Vector128.ConditionalSelect(mask.V0, whereSet.V0, whereClear.V0),
        Vector128.ConditionalSelect(mask.V1, whereSet.V1, whereClear.V1),
        Vector128.ConditionalSelect(mask.V2, whereSet.V2, whereClear.V2),
        Vector128.ConditionalSelect(mask.V3, whereSet.V3, whereClear.V3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 KeepGreater(Lanes128 value, Lanes128 left, Lanes128 right) => And(value, BitsGreater(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 KeepPositive(Lanes128 value, Lanes128 sign) => And(value, new(
        Vector128.GreaterThan(sign.V0, Vector128<float>.Zero),
        Vector128.GreaterThan(sign.V1, Vector128<float>.Zero),
        Vector128.GreaterThan(sign.V2, Vector128<float>.Zero),
        Vector128.GreaterThan(sign.V3, Vector128<float>.Zero)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddPositive(Lanes128 left, Lanes128 right, Lanes128 sign) => Add(left, KeepPositive(right, sign));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 KeepAtMost(Lanes128 value, Lanes128 left, Lanes128 right) => And(value, new(
        Vector128.LessThanOrEqual(left.V0.AsUInt32(), right.V0.AsUInt32()).AsSingle(),
        Vector128.LessThanOrEqual(left.V1.AsUInt32(), right.V1.AsUInt32()).AsSingle(),
        Vector128.LessThanOrEqual(left.V2.AsUInt32(), right.V2.AsUInt32()).AsSingle(),
        Vector128.LessThanOrEqual(left.V3.AsUInt32(), right.V3.AsUInt32()).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 KeepLanes(Lanes128 value, uint bits) => And(value, CreateMask(bits));

    // Subtracting a mask, all ones where set, adds one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 CountGreater(Lanes128 counts, Lanes128 left, Lanes128 right) => SubtractBits(counts, BitsGreater(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 CountEqual(Lanes128 counts, Lanes128 left, Lanes128 right) => SubtractBits(counts, BitsEqual(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FindGreater(Lanes128 left, Lanes128 right) => MaskBits(BitsGreater(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FindEqual(Lanes128 left, Lanes128 right) => MaskBits(BitsEqual(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FindAtMost(Lanes128 left, Lanes128 right) => MaskBits(new(
        Vector128.LessThanOrEqual(left.V0.AsUInt32(), right.V0.AsUInt32()).AsSingle(),
        Vector128.LessThanOrEqual(left.V1.AsUInt32(), right.V1.AsUInt32()).AsSingle(),
        Vector128.LessThanOrEqual(left.V2.AsUInt32(), right.V2.AsUInt32()).AsSingle(),
        Vector128.LessThanOrEqual(left.V3.AsUInt32(), right.V3.AsUInt32()).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 GreaterOrEqual(Lanes128 left, Lanes128 right) => new(
        Vector128.GreaterThanOrEqual(left.V0, right.V0),
        Vector128.GreaterThanOrEqual(left.V1, right.V1),
        Vector128.GreaterThanOrEqual(left.V2, right.V2),
        Vector128.GreaterThanOrEqual(left.V3, right.V3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 BitsGreater(Lanes128 left, Lanes128 right) => new(
        Vector128.GreaterThan(left.V0.AsInt32(), right.V0.AsInt32()).AsSingle(),
        Vector128.GreaterThan(left.V1.AsInt32(), right.V1.AsInt32()).AsSingle(),
        Vector128.GreaterThan(left.V2.AsInt32(), right.V2.AsInt32()).AsSingle(),
        Vector128.GreaterThan(left.V3.AsInt32(), right.V3.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 BitsEqual(Lanes128 left, Lanes128 right) => new(
        Vector128.Equals(left.V0.AsInt32(), right.V0.AsInt32()).AsSingle(),
        Vector128.Equals(left.V1.AsInt32(), right.V1.AsInt32()).AsSingle(),
        Vector128.Equals(left.V2.AsInt32(), right.V2.AsInt32()).AsSingle(),
        Vector128.Equals(left.V3.AsInt32(), right.V3.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ConvertBits(Lanes128 value) => new(
        Vector128.ConvertToSingle(value.V0.AsInt32()),
        Vector128.ConvertToSingle(value.V1.AsInt32()),
        Vector128.ConvertToSingle(value.V2.AsInt32()),
        Vector128.ConvertToSingle(value.V3.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ShiftBitsRight(Lanes128 value, int count) => new(
        Vector128.ShiftRightLogical(value.V0.AsUInt32(), count).AsSingle(),
        Vector128.ShiftRightLogical(value.V1.AsUInt32(), count).AsSingle(),
        Vector128.ShiftRightLogical(value.V2.AsUInt32(), count).AsSingle(),
        Vector128.ShiftRightLogical(value.V3.AsUInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ShiftBitsLeft(Lanes128 value, int count) => new(
        Vector128.ShiftLeft(value.V0.AsUInt32(), count).AsSingle(),
        Vector128.ShiftLeft(value.V1.AsUInt32(), count).AsSingle(),
        Vector128.ShiftLeft(value.V2.AsUInt32(), count).AsSingle(),
        Vector128.ShiftLeft(value.V3.AsUInt32(), count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddBits(Lanes128 left, Lanes128 right) => new(
        (left.V0.AsUInt32() + right.V0.AsUInt32()).AsSingle(),
        (left.V1.AsUInt32() + right.V1.AsUInt32()).AsSingle(),
        (left.V2.AsUInt32() + right.V2.AsUInt32()).AsSingle(),
        (left.V3.AsUInt32() + right.V3.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 SubtractBits(Lanes128 left, Lanes128 right) => new(
        (left.V0.AsUInt32() - right.V0.AsUInt32()).AsSingle(),
        (left.V1.AsUInt32() - right.V1.AsUInt32()).AsSingle(),
        (left.V2.AsUInt32() - right.V2.AsUInt32()).AsSingle(),
        (left.V3.AsUInt32() - right.V3.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MaximumBits(Lanes128 left, Lanes128 right) => new(
        Vector128.Max(left.V0.AsUInt32(), right.V0.AsUInt32()).AsSingle(),
        Vector128.Max(left.V1.AsUInt32(), right.V1.AsUInt32()).AsSingle(),
        Vector128.Max(left.V2.AsUInt32(), right.V2.AsUInt32()).AsSingle(),
        Vector128.Max(left.V3.AsUInt32(), right.V3.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MinimumBits(Lanes128 left, Lanes128 right) => new(
        Vector128.Min(left.V0.AsUInt32(), right.V0.AsUInt32()).AsSingle(),
        Vector128.Min(left.V1.AsUInt32(), right.V1.AsUInt32()).AsSingle(),
        Vector128.Min(left.V2.AsUInt32(), right.V2.AsUInt32()).AsSingle(),
        Vector128.Min(left.V3.AsUInt32(), right.V3.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 CreateMask(uint bits) => new(
        MaskOf(bits, Vector128.Create(0x0001u, 0x0002u, 0x0004u, 0x0008u)),
        MaskOf(bits, Vector128.Create(0x0010u, 0x0020u, 0x0040u, 0x0080u)),
        MaskOf(bits, Vector128.Create(0x0100u, 0x0200u, 0x0400u, 0x0800u)),
        MaskOf(bits, Vector128.Create(0x1000u, 0x2000u, 0x4000u, 0x8000u)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint MaskBits(Lanes128 mask) =>
        mask.V0.ExtractMostSignificantBits() | (mask.V1.ExtractMostSignificantBits() << 4) | (mask.V2.ExtractMostSignificantBits() << 8) | (mask.V3.ExtractMostSignificantBits() << 12);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadWords(ushort* source)
    {
        (Vector128<uint> first, Vector128<uint> second) = Vector128.Widen(Vector128.Load(source));
        (Vector128<uint> third, Vector128<uint> fourth) = Vector128.Widen(Vector128.Load(source + 8));
        return new(first.AsSingle(), second.AsSingle(), third.AsSingle(), fourth.AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreWords(Lanes128 value, ushort* destination)
    {
        Vector128.Narrow(value.V0.AsUInt32(), value.V1.AsUInt32()).Store(destination);
        Vector128.Narrow(value.V2.AsUInt32(), value.V3.AsUInt32()).Store(destination + 8);
    }

    public static bool StoresManyAsFew => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StoreBelow(Lanes128 value, Lanes128 keys, Lanes128 limit, uint* destination)
    {
        Lanes128 below = new(
            Vector128.LessThan(keys.V0.AsUInt32(), limit.V0.AsUInt32()).AsSingle(),
            Vector128.LessThan(keys.V1.AsUInt32(), limit.V1.AsUInt32()).AsSingle(),
            Vector128.LessThan(keys.V2.AsUInt32(), limit.V2.AsUInt32()).AsSingle(),
            Vector128.LessThan(keys.V3.AsUInt32(), limit.V3.AsUInt32()).AsSingle());
        return LaneFallbacks.StoreCompressed(value, below, destination);
    }

    public static void Philox(ulong counter, PhiloxRoundKeys* keys, out Lanes128 word0, out Lanes128 word1, out Lanes128 word2, out Lanes128 word3) =>
        LaneFallbacks.Philox(counter, keys, out word0, out word1, out word2, out word3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> MaskOf(uint bits, Vector128<uint> lanes) => Vector128.Equals(Vector128.Create(bits) & lanes, lanes).AsSingle();
}
