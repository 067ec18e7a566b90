using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>
/// Sums over the softmax of a row, in double, in sixteen lanes (lane = index mod 16). Rows come in chunks of floats in whole steps; behind the last
/// element lie negative infinities, which have a softmax of zero and add nothing.
/// </summary>
/// <remarks>
/// Written over pairs of eight doubles instead of lanes of floats: every operation is correctly rounded for each element, so the width of the
/// machine's vectors changes nothing here either.
/// </remarks>
internal static unsafe class SoftmaxKernels
{
    private const int Step = ChunkKernels.Step;

    /// <summary>largest[lane] = max(largest[lane], values of the lane).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Largest(float* values, float* largest, int count)
    {
        Vector512<float> lanes = Vector512.Load(largest);
        for (int i = 0; i < count; i += Step)
        {
            lanes = Vector512.Max(lanes, Vector512.Load(values + i));
        }

        lanes.Store(largest);
    }

    /// <summary>sums[lane] += Σ e^(value − largest).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddExponentials(float* values, double largest, double* sums, int count)
    {
        Vector512<double> from = Vector512.Create(largest);
        Vector512<double> lower = Vector512.Load(sums);
        Vector512<double> upper = Vector512.Load(sums + 8);
        for (int i = 0; i < count; i += Step)
        {
            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(Vector512.Load(values + i));
            lower += DoubleMath.Exp(first - from);
            upper += DoubleMath.Exp(second - from);
        }

        lower.Store(sums);
        upper.Store(sums + 8);
    }

    /// <summary>
    /// sums[lane] += Σ p·ln(p/q) − (p − q), with p and q the softmax of the values plus the smoothing. Both sum to the same, so what is subtracted
    /// is nothing in the end; but each term is then about (p − q)²/2q instead of p − q, and next to nothing cancels between terms.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddDivergences(float* values, SoftmaxScale scale, float* others, SoftmaxScale otherScale, double smoothing, double* sums, int count)
    {
        Vector512<double> lower = Vector512.Load(sums);
        Vector512<double> upper = Vector512.Load(sums + 8);
        for (int i = 0; i < count; i += Step)
        {
            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(Vector512.Load(values + i));
            (Vector512<double> otherFirst, Vector512<double> otherSecond) = Vector512.Widen(Vector512.Load(others + i));
            lower += Divergence(Probability(first, scale, smoothing), Probability(otherFirst, otherScale, smoothing));
            upper += Divergence(Probability(second, scale, smoothing), Probability(otherSecond, otherScale, smoothing));
        }

        lower.Store(sums);
        upper.Store(sums + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Probability(Vector512<double> value, SoftmaxScale scale, double smoothing) =>
        (DoubleMath.Exp(value - Vector512.Create(scale.Largest)) / Vector512.Create(scale.Sum)) + Vector512.Create(smoothing);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Divergence(Vector512<double> p, Vector512<double> q) => Vector512.FusedMultiplyAdd(p, DoubleMath.Log(p / q), q - p);
}
