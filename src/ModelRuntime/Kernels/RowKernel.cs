using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>Sums of rows.</summary>
internal static unsafe class RowKernel
{
    /// <summary>to += from.</summary>
    public static void Add(float* from, float* to, int count)
    {
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            Lanes.Store(Lanes.Load(from + i, rest) + Lanes.Load(to + i, rest), to + i, rest);
        }
    }

    /// <summary>to += scale · from, with one rounding.</summary>
    public static void AddScaled(float* from, float scale, float* to, int count)
    {
        Vector512<float> factor = Vector512.Create(scale);
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            Lanes.Store(Vector512.FusedMultiplyAdd(factor, Lanes.Load(from + i, rest), Lanes.Load(to + i, rest)), to + i, rest);
        }
    }
}
