using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelTensors.Kernels;

/// <summary>Sixteen doubles in two 512-bit vectors.</summary>
internal readonly unsafe struct DoubleLanes512(Vector512<double> v0, Vector512<double> v1) : IDoubleLanes<DoubleLanes512, Lanes512>
{
    private readonly Vector512<double> _v0 = v0;
    private readonly Vector512<double> _v1 = v1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes512 Load(double* source) => new(Vector512.Load(source), Vector512.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DoubleLanes512 value, double* destination)
    {
        value._v0.Store(destination);
        value._v1.Store(destination + 8);
    }

    // By its instruction, and in statements of their own, a conversion reads memory itself; otherwise it is a load and a conversion that shuffles.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes512 LoadSingles(float* source) => LoadSingles(source, source + 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes512 LoadSingles(float* lower, float* upper)
    {
        Vector512<double> first = Widen(lower);
        Vector512<double> second = Widen(upper);
        return new(first, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Widen(float* source) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector512Double(Vector256.Load(source))
        : Vector512.WidenLower(Vector256.Load(source).ToVector512Unsafe());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes512 Add(DoubleLanes512 left, DoubleLanes512 right) => new(left._v0 + right._v0, left._v1 + right._v1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleLanes512 AddProduct(DoubleLanes512 sum, DoubleLanes512 left, DoubleLanes512 right) => new(
        Vector512.FusedMultiplyAdd(left._v0, right._v0, sum._v0),
        Vector512.FusedMultiplyAdd(left._v1, right._v1, sum._v1));
}
