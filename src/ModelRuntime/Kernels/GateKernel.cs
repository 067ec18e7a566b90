using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>The gate of a SwiGLU block: <c>h = silu(g) · u</c>, <c>silu(g) = g · σ(g)</c>.</summary>
internal static unsafe class GateKernel
{
    /// <summary>Computes h; it may take the place of g or u.</summary>
    public static void Forward(float* gate, float* up, float* result, int count)
    {
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            Vector512<float> g = Lanes.Load(gate + i, rest);
            Lanes.Store(g * FloatMath.Sigmoid(g) * Lanes.Load(up + i, rest), result + i, rest);
        }
    }

    /// <summary>Computes silu of a row, in place.</summary>
    public static void Silu(float* row, int count)
    {
        for (int i = 0; i < count; i += Lanes.Count)
        {
            Vector512<float> x = Lanes.Load(row + i, count - i);
            Lanes.Store(x * FloatMath.Sigmoid(x), row + i, count - i);
        }
    }

    /// <summary>Computes the gradients of g and u from that of h; they take the places of g and u.</summary>
    public static void Backward(float* gate, float* up, float* gradient, int count)
    {
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            Vector512<float> g = Lanes.Load(gate + i, rest);
            Vector512<float> u = Lanes.Load(up + i, rest);
            Vector512<float> dh = Lanes.Load(gradient + i, rest);
            Vector512<float> sigmoid = FloatMath.Sigmoid(g);

            // silu'(g) = σ + g · σ · (1 − σ).
            Vector512<float> slope = Vector512.FusedMultiplyAdd(g * sigmoid, Vector512<float>.One - sigmoid, sigmoid);
            Lanes.Store(dh * u * slope, gate + i, rest);
            Lanes.Store(dh * (g * sigmoid), up + i, rest);
        }
    }
}
