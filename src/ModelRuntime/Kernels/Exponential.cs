using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ModelTensors.Kernels;

namespace ModelRuntime.Kernels;

/// <summary>Exponentials of eight doubles of any size, by the kernel of ModelTensors: the same bits on every machine.</summary>
internal static class Exponential
{
    // Beyond these the power of two is not a normal number; e to the power of them is nothing, or beyond any float.
    private const double Smallest = -708;
    private const double Largest = 709;

    /// <summary>e to the power of each value, within 2 units in the last place from -708 to 709 and that of these bounds beyond them; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Of(Vector512<double> value)
    {
        Vector512<double> bounded = Vector512.Min(Vector512.Max(value, Vector512.Create(Smallest)), Vector512.Create(Largest));
        return Vector512.ConditionalSelect(Vector512.Equals(value, value), DoubleMath.Exp(bounded), value);
    }
}
