using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelTensors.Kernels;

/// <summary>Sixteen doubles in four 256-bit vectors.</summary>
internal readonly unsafe struct DoubleLanes256(Vector256<double> v0, Vector256<double> v1, Vector256<double> v2, Vector256<double> v3) : IDoubleLanes<DoubleLanes256, Lanes256>
{
    private readonly Vector256<double> _v0 = v0;
    private readonly Vector256<double> _v1 = v1;
    private readonly Vector256<double> _v2 = v2;
    private readonly Vector256<double> _v3 = v3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes256 Load(double* source) => new(
        Vector256.Load(source),
        Vector256.Load(source + 4),
        Vector256.Load(source + 8),
        Vector256.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DoubleLanes256 value, double* destination)
    {
        value._v0.Store(destination);
        value._v1.Store(destination + 4);
        value._v2.Store(destination + 8);
        value._v3.Store(destination + 12);
    }

    // As in DoubleLanes512.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes256 LoadSingles(float* source) => LoadSingles(source, source + 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes256 LoadSingles(float* lower, float* upper)
    {
        Vector256<double> first = Widen(lower);
        Vector256<double> second = Widen(lower + 4);
        Vector256<double> third = Widen(upper);
        Vector256<double> fourth = Widen(upper + 4);
        return new(first, second, third, fourth);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Widen(float* source) => Avx.IsSupported
        ? Avx.ConvertToVector256Double(Vector128.Load(source))
        : Vector256.WidenLower(Vector128.Load(source).ToVector256Unsafe());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes256 Add(DoubleLanes256 left, DoubleLanes256 right) => new(left._v0 + right._v0, left._v1 + right._v1, left._v2 + right._v2, left._v3 + right._v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes256 AddProduct(DoubleLanes256 sum, DoubleLanes256 left, DoubleLanes256 right) => new(
        Vector256.FusedMultiplyAdd(left._v0, right._v0, sum._v0),
        Vector256.FusedMultiplyAdd(left._v1, right._v1, sum._v1),
        Vector256.FusedMultiplyAdd(left._v2, right._v2, sum._v2),
        Vector256.FusedMultiplyAdd(left._v3, right._v3, sum._v3));
}
