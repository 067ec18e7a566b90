using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>Root mean square normalization of a row: <c>y = w · (x · r)</c>, <c>r = 1 / sqrt(mean(x²) + ε)</c>, the mean in double.</summary>
internal static unsafe class RmsNormKernel
{
    /// <summary>Normalizes a row; x and y may be the same.</summary>
    public static void Forward(float* x, float* weight, float* y, int count, double epsilon)
    {
        Vector512<float> scale = Vector512.Create(Scale(x, count, epsilon));
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            Lanes.Store(Lanes.Load(weight + i, rest) * (Lanes.Load(x + i, rest) * scale), y + i, rest);
        }
    }

    /// <summary>Adds the gradient of a row's input: <c>dx += r · (w·dy − x · r² · mean(w·dy·x))</c>, or sets it.</summary>
    public static void Backward(float* x, float* weight, float* outputGradient, float* inputGradient, int count, double epsilon, bool adds)
    {
        float scale = Scale(x, count, epsilon);
        Vector512<double> lower = Vector512<double>.Zero;
        Vector512<double> upper = Vector512<double>.Zero;
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            (Vector512<double> left, Vector512<double> right) = Vector512.Widen(Lanes.Load(weight + i, rest) * Lanes.Load(outputGradient + i, rest));
            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(Lanes.Load(x + i, rest));
            lower = Vector512.FusedMultiplyAdd(left, first, lower);
            upper = Vector512.FusedMultiplyAdd(right, second, upper);
        }

        Vector512<float> direct = Vector512.Create(scale);
        Vector512<float> along = Vector512.Create((float)(-Lanes.Sum(lower, upper) / count * scale * scale * scale));
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            Vector512<float> gradient = Lanes.Load(x + i, rest) * along;
            gradient = Vector512.FusedMultiplyAdd(Lanes.Load(weight + i, rest) * Lanes.Load(outputGradient + i, rest), direct, gradient);
            Lanes.Store(adds ? gradient + Lanes.Load(inputGradient + i, rest) : gradient, inputGradient + i, rest);
        }
    }

    /// <summary>Adds a row's part of the gradient of the weights: <c>dw += dy · (x · r)</c>.</summary>
    public static void AddWeightGradient(float* x, float* outputGradient, float* weightGradient, int count, double epsilon)
    {
        Vector512<float> scale = Vector512.Create(Scale(x, count, epsilon));
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            Vector512<float> sum = Vector512.FusedMultiplyAdd(Lanes.Load(outputGradient + i, rest), Lanes.Load(x + i, rest) * scale, Lanes.Load(weightGradient + i, rest));
            Lanes.Store(sum, weightGradient + i, rest);
        }
    }

    private static float Scale(float* x, int count, double epsilon)
    {
        Vector512<double> lower = Vector512<double>.Zero;
        Vector512<double> upper = Vector512<double>.Zero;
        for (int i = 0; i < count; i += Lanes.Count)
        {
            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(Lanes.Load(x + i, count - i));
            lower = Vector512.FusedMultiplyAdd(first, first, lower);
            upper = Vector512.FusedMultiplyAdd(second, second, upper);
        }

        return (float)(1 / Math.Sqrt((Lanes.Sum(lower, upper) / count) + epsilon));
    }
}
