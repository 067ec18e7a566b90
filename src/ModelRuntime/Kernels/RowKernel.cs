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
}
