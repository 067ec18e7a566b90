using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>
/// One step of AdamW: m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², p ← p·(1 − η·λ) − η/(1 − β₁ᵗ)·m/(√v/√(1 − β₂ᵗ) + ε).
/// </summary>
/// <remarks>
/// Elements are widened to double and every result rounds to float once: at small learning rates 1 − η·λ is 1 in floats, and decay would vanish. Each
/// operation is correctly rounded for each element, so neither the width of the machine's vectors nor a remainder changes a bit.
/// </remarks>
internal static class AdamWKernel
{
    /// <summary>Updates weights and moments in place. All spans have the same length and none overlaps another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(Span<float> values, ReadOnlySpan<float> gradients, Span<float> means, Span<float> squares, AdamWStep step)
    {
        // The references below reach as far as the shortest span: slices that throw keep them inside memory.
        int count = values.Length;
        ref float value = ref MemoryMarshal.GetReference(values);
        ref float gradient = ref MemoryMarshal.GetReference(gradients[..count]);
        ref float mean = ref MemoryMarshal.GetReference(means[..count]);
        ref float square = ref MemoryMarshal.GetReference(squares[..count]);
        int whole = count - (count % Vector512<float>.Count);
        for (int i = 0; i < whole; i += Vector512<float>.Count)
        {
            nuint at = (nuint)i;
            (Vector512<double> value0, Vector512<double> value1) = Vector512.Widen(Vector512.LoadUnsafe(ref value, at));
            (Vector512<double> gradient0, Vector512<double> gradient1) = Vector512.Widen(Vector512.LoadUnsafe(ref gradient, at));
            (Vector512<double> mean0, Vector512<double> mean1) = Vector512.Widen(Vector512.LoadUnsafe(ref mean, at));
            (Vector512<double> square0, Vector512<double> square1) = Vector512.Widen(Vector512.LoadUnsafe(ref square, at));
            Advance(ref value0, gradient0, ref mean0, ref square0, step);
            Advance(ref value1, gradient1, ref mean1, ref square1, step);
            Vector512.Narrow(value0, value1).StoreUnsafe(ref value, at);
            Vector512.Narrow(mean0, mean1).StoreUnsafe(ref mean, at);
            Vector512.Narrow(square0, square1).StoreUnsafe(ref square, at);
        }

        for (int i = whole; i < count; i++)
        {
            double scaled = gradients[i] * step.GradientScale;
            double nextMean = Math.FusedMultiplyAdd(step.Beta1, means[i], (1 - step.Beta1) * scaled);
            double nextSquare = Math.FusedMultiplyAdd(step.Beta2, squares[i], (1 - step.Beta2) * (scaled * scaled));
            double divisor = Math.FusedMultiplyAdd(Math.Sqrt(nextSquare), step.RootScale, step.Epsilon);
            values[i] = (float)Math.FusedMultiplyAdd(-step.StepSize, nextMean / divisor, values[i] * step.Kept);
            means[i] = (float)nextMean;
            squares[i] = (float)nextSquare;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Advance(
        ref Vector512<double> value, Vector512<double> gradient, ref Vector512<double> mean, ref Vector512<double> square, AdamWStep step)
    {
        Vector512<double> scaled = gradient * Vector512.Create(step.GradientScale);
        mean = Vector512.FusedMultiplyAdd(Vector512.Create(step.Beta1), mean, Vector512.Create(1 - step.Beta1) * scaled);
        square = Vector512.FusedMultiplyAdd(Vector512.Create(step.Beta2), square, Vector512.Create(1 - step.Beta2) * (scaled * scaled));
        Vector512<double> divisor = Vector512.FusedMultiplyAdd(Vector512.Sqrt(square), Vector512.Create(step.RootScale), Vector512.Create(step.Epsilon));
        value = Vector512.FusedMultiplyAdd(Vector512.Create(-step.StepSize), mean / divisor, value * Vector512.Create(step.Kept));
    }
}
