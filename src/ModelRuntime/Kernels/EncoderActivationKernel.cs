using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelRuntime.Encoders;

namespace ModelRuntime.Kernels;

/// <summary>A bias and an activation for a row, in place. In double with one rounding, of nothing but correctly rounded operations.</summary>
internal static class EncoderActivationKernel
{
    private const int Step = 16;

    // Beyond it the error function of x / √2 is ±1 but for 2e-9.
    private const double Farthest = 6;

    /// <summary><c>row[i] = activation(row[i] + bias[i])</c>; the sum is rounded to float first.</summary>
    /// <param name="row">The row.</param>
    /// <param name="bias">The biases, one for each column.</param>
    /// <param name="activation">The activation.</param>
    public static void Apply(Span<float> row, ReadOnlySpan<float> bias, EncoderActivation activation)
    {
        int whole = row.Length - (row.Length % Step);
        for (int i = 0; i < whole; i += Step)
        {
            Activate(row.Slice(i, Step), bias.Slice(i, Step), activation);
        }

        if (whole < row.Length)
        {
            Span<float> last = stackalloc float[Step];
            Span<float> lastBias = stackalloc float[Step];
            last.Clear();
            lastBias.Clear();
            row[whole..].CopyTo(last);
            bias[whole..].CopyTo(lastBias);
            Activate(last, lastBias, activation);
            last[..(row.Length - whole)].CopyTo(row[whole..]);
        }
    }

    /// <summary><c>row[i] = tanh(row[i] + bias[i])</c>, as 1 − 2 / (1 + e^(2x)).</summary>
    /// <param name="row">The row.</param>
    /// <param name="bias">The biases, one for each column.</param>
    public static void Tanh(Span<float> row, ReadOnlySpan<float> bias)
    {
        for (int i = 0; i < row.Length; i++)
        {
            Vector512<double> exponential = Exponential.Of(Vector512.Create(2.0 * (row[i] + bias[i])));
            row[i] = (float)(1 - (2 / (1 + exponential[0])));
        }
    }

    private static void Activate(Span<float> values, ReadOnlySpan<float> bias, EncoderActivation activation)
    {
        Vector512<float> sums = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values)) + Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(bias));
        (Vector512<double> first, Vector512<double> second) = Vector512.Widen(sums);
        Vector512<float> result = activation switch
        {
            EncoderActivation.Gelu => Vector512.Narrow(Gelu(first), Gelu(second)),
            EncoderActivation.TanhGelu => Vector512.Narrow(TanhGelu(first), TanhGelu(second)),
            _ => Vector512.Max(sums, Vector512<float>.Zero),
        };
        result.StoreUnsafe(ref MemoryMarshal.GetReference(values));
    }

    /// <summary>x · ½ (1 + erf(x / √2)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Gelu(Vector512<double> x)
    {
        Vector512<double> farthest = Vector512.Create(Farthest);
        Vector512<double> near = Vector512.Min(Vector512.Max(x, -farthest), farthest);
        Vector512<double> half = Vector512.Create(0.5);
        Vector512<double> error = Vector512.ConditionalSelect(
            Vector512.GreaterThanOrEqual(Vector512.Abs(x), farthest), Vector512.CopySign(Vector512<double>.One, x), near * ErrorRatio(near * near));
        return x * Vector512.FusedMultiplyAdd(half, error, half);
    }

    /// <summary>½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), as x / (1 + e^(−2 …)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> TanhGelu(Vector512<double> x)
    {
        Vector512<double> inner = x * Vector512.FusedMultiplyAdd(Vector512.Create(0.044715), x * x, Vector512<double>.One);
        return x / (Vector512<double>.One + Exponential.Of(inner * Vector512.Create(-1.5957691216057308)));
    }

    /// <summary>
    /// erf(x / √2) / x as a function of x² from 0 to 36: the Chebyshev series to the twentieth degree, written in powers of x²/18 − 1. It leaves out less than
    /// 1e-10, and needs no exponential.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> ErrorRatio(Vector512<double> square)
    {
        Vector512<double> place = Vector512.FusedMultiplyAdd(square, Vector512.Create(1.0 / 18), -Vector512<double>.One);
        Vector512<double> sum = Vector512.Create(4.6085349534604375e-05);
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(-0.0001146766463377958));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(4.302212392458349e-05));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(-7.91250096751981e-05));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(0.0006184879655081376));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(-0.0012622221645239885));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(0.0018773411281229843));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(-0.00334319030430737));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(0.006034646767418449));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(-0.009704269906603212));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(0.014560433152299362));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(-0.020848823171854745));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(0.028292508191281797));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(-0.03640979346863579));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(0.044795179104747444));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(-0.05327224602443911));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(0.06218293708386746));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(-0.0727753074430434));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(0.08812791908190142));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(-0.11779929307558223));
        sum = Vector512.FusedMultiplyAdd(sum, place, Vector512.Create(0.2356970536184879));
        return sum;
    }
}
