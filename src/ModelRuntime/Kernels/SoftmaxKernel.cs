using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>The softmax over part of a row; the rest of it becomes zero.</summary>
internal static unsafe class SoftmaxKernel
{
    /// <summary>Computes the softmax in place over the elements in [from, to), at least one; elements outside become zero.</summary>
    /// <remarks>Lanes of the sum belong to places in the row, so that a longer row whose further elements are outside gives the same bits.</remarks>
    public static void Forward(float* row, int from, int to, int count)
    {
        new Span<float>(row, from).Fill(float.NegativeInfinity);
        new Span<float>(row + to, count - to).Fill(float.NegativeInfinity);
        Vector512<float> largest = Vector512.Create(float.NegativeInfinity);
        for (int i = 0; i < count; i += Lanes.Count)
        {
            largest = Vector512.Max(largest, count - i >= Lanes.Count ? Vector512.Load(row + i) : LoadTail(row + i, count - i));
        }

        Vector512<float> origin = Vector512.Create(Largest(largest));
        Vector512<double> lower = Vector512<double>.Zero;
        Vector512<double> upper = Vector512<double>.Zero;
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            Vector512<float> values = rest >= Lanes.Count ? Vector512.Load(row + i) : LoadTail(row + i, rest);
            Vector512<float> power = FloatMath.Exp(values - origin);
            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(power);
            lower += first;
            upper += second;
            Lanes.Store(power, row + i, rest);
        }

        Vector512<float> scale = Vector512.Create((float)(1 / Lanes.Sum(lower, upper)));
        for (int i = 0; i < count; i += Lanes.Count)
        {
            Lanes.Store(Lanes.Load(row + i, count - i) * scale, row + i, count - i);
        }
    }

    /// <summary>Turns the gradient of a softmax into that of its input, in place: <c>dx = p · (dp − Σ dp·p)</c>.</summary>
    public static void Backward(float* probabilities, float* gradient, int count)
    {
        Vector512<double> lower = Vector512<double>.Zero;
        Vector512<double> upper = Vector512<double>.Zero;
        for (int i = 0; i < count; i += Lanes.Count)
        {
            (Vector512<double> left, Vector512<double> right) = Vector512.Widen(Lanes.Load(probabilities + i, count - i));
            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(Lanes.Load(gradient + i, count - i));
            lower = Vector512.FusedMultiplyAdd(left, first, lower);
            upper = Vector512.FusedMultiplyAdd(right, second, upper);
        }

        Vector512<float> mean = Vector512.Create((float)Lanes.Sum(lower, upper));
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            Lanes.Store(Lanes.Load(probabilities + i, rest) * (Lanes.Load(gradient + i, rest) - mean), gradient + i, rest);
        }
    }

    private static Vector512<float> LoadTail(float* from, int count)
    {
        float* tail = stackalloc float[Lanes.Count];
        for (int i = 0; i < Lanes.Count; i++)
        {
            tail[i] = i < count ? from[i] : float.NegativeInfinity;
        }

        return Vector512.Load(tail);
    }

    private static float Largest(Vector512<float> values)
    {
        Vector256<float> eight = Vector256.Max(values.GetLower(), values.GetUpper());
        Vector128<float> four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return Math.Max(Math.Max(four.GetElement(0), four.GetElement(1)), Math.Max(four.GetElement(2), four.GetElement(3)));
    }
}
