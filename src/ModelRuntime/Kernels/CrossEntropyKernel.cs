using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>Log-probabilities and cross entropy of one row of logits. Sums are in double.</summary>
internal static unsafe class CrossEntropyKernel
{
    /// <summary>Returns the logarithm of the sum of e^logit over a row.</summary>
    public static double LogSum(float* logits, int count)
    {
        double largest = Largest(logits, count);
        return largest + Math.Log(Powers(logits, count, (float)largest));
    }

    /// <summary>Turns a row of logits into the gradient of its cross entropy times a factor, <c>(softmax − one at the label) · scale</c>, and returns the cross entropy.</summary>
    public static double Backward(float* logits, int count, int label, double scale)
    {
        float largest = (float)Largest(logits, count);
        double sum = Powers(logits, count, largest);
        double loss = largest + Math.Log(sum) - logits[label];
        Vector512<float> origin = Vector512.Create(largest);
        Vector512<float> factor = Vector512.Create((float)(scale / sum));
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            Lanes.Store(FloatMath.Exp(Lanes.Load(logits + i, rest) - origin) * factor, logits + i, rest);
        }

        logits[label] -= (float)scale;
        return loss;
    }

    private static double Largest(float* logits, int count)
    {
        Vector512<float> lanes = Vector512.Create(logits[0]);
        int i = 0;
        for (; i + Lanes.Count <= count; i += Lanes.Count)
        {
            lanes = Vector512.Max(lanes, Vector512.Load(logits + i));
        }

        float largest = lanes.GetElement(0);
        for (int lane = 1; lane < Lanes.Count; lane++)
        {
            largest = Math.Max(largest, lanes.GetElement(lane));
        }

        for (; i < count; i++)
        {
            largest = Math.Max(largest, logits[i]);
        }

        return largest;
    }

    private static double Powers(float* logits, int count, float largest)
    {
        Vector512<float> origin = Vector512.Create(largest);
        Vector512<double> lower = Vector512<double>.Zero;
        Vector512<double> upper = Vector512<double>.Zero;
        int i = 0;
        for (; i + Lanes.Count <= count; i += Lanes.Count)
        {
            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(FloatMath.Exp(Vector512.Load(logits + i) - origin));
            lower += first;
            upper += second;
        }

        if (i < count)
        {
            float* tail = stackalloc float[Lanes.Count];
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                tail[lane] = i + lane < count ? logits[i + lane] : float.NegativeInfinity;
            }

            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(FloatMath.Exp(Vector512.Load(tail) - origin));
            lower += first;
            upper += second;
        }

        return Lanes.Sum(lower, upper);
    }
}
