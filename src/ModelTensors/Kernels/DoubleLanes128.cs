using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>Sixteen doubles in eight 128-bit vectors.</summary>
internal readonly unsafe struct DoubleLanes128(
    Vector128<double> v0,
    Vector128<double> v1,
    Vector128<double> v2,
    Vector128<double> v3,
    Vector128<double> v4,
    Vector128<double> v5,
    Vector128<double> v6,
    Vector128<double> v7) : IDoubleLanes<DoubleLanes128, Lanes128>
{
    private readonly Vector128<double> _v0 = v0;
    private readonly Vector128<double> _v1 = v1;
    private readonly Vector128<double> _v2 = v2;
    private readonly Vector128<double> _v3 = v3;
    private readonly Vector128<double> _v4 = v4;
    private readonly Vector128<double> _v5 = v5;
    private readonly Vector128<double> _v6 = v6;
    private readonly Vector128<double> _v7 = v7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes128 Load(double* source) => new(
        Vector128.Load(source),
        Vector128.Load(source + 2),
        Vector128.Load(source + 4),
        Vector128.Load(source + 6),
        Vector128.Load(source + 8),
        Vector128.Load(source + 10),
        Vector128.Load(source + 12),
        Vector128.Load(source + 14));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DoubleLanes128 value, double* destination)
    {
        value._v0.Store(destination);
        value._v1.Store(destination + 2);
        value._v2.Store(destination + 4);
        value._v3.Store(destination + 6);
        value._v4.Store(destination + 8);
        value._v5.Store(destination + 10);
        value._v6.Store(destination + 12);
        value._v7.Store(destination + 14);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes128 LoadSingles(float* source) => LoadSingles(source, source + 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes128 LoadSingles(float* lower, float* upper) => new(
        Widen(lower),
        Widen(lower + 2),
        Widen(lower + 4),
        Widen(lower + 6),
        Widen(upper),
        Widen(upper + 2),
        Widen(upper + 4),
        Widen(upper + 6));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Widen(float* source) => Vector128.WidenLower(Vector64.Load(source).ToVector128Unsafe());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes128 Add(DoubleLanes128 left, DoubleLanes128 right) => new(
        left._v0 + right._v0,
        left._v1 + right._v1,
        left._v2 + right._v2,
        left._v3 + right._v3,
        left._v4 + right._v4,
        left._v5 + right._v5,
        left._v6 + right._v6,
        left._v7 + right._v7);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes128 AddProduct(DoubleLanes128 sum, DoubleLanes128 left, DoubleLanes128 right) => new(
        Vector128.FusedMultiplyAdd(left._v0, right._v0, sum._v0),
        Vector128.FusedMultiplyAdd(left._v1, right._v1, sum._v1),
        Vector128.FusedMultiplyAdd(left._v2, right._v2, sum._v2),
        Vector128.FusedMultiplyAdd(left._v3, right._v3, sum._v3),
        Vector128.FusedMultiplyAdd(left._v4, right._v4, sum._v4),
        Vector128.FusedMultiplyAdd(left._v5, right._v5, sum._v5),
        Vector128.FusedMultiplyAdd(left._v6, right._v6, sum._v6),
        Vector128.FusedMultiplyAdd(left._v7, right._v7, sum._v7));
}
