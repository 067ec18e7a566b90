using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>What all kernels share: sixteen floats at a time, tails of a row through a buffer of sixteen, sums in sixteen lanes of doubles and a fixed tree.</summary>
/// <remarks>On narrower machines a vector of sixteen is several narrow ones with the same operation for each element, so that the width changes no bit.</remarks>
internal static unsafe class Lanes
{
    /// <summary>The number of floats a kernel takes at a time.</summary>
    public const int Count = 16;

    /// <summary>Loads up to sixteen floats; lanes past the end are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* from, int count) => count >= Count ? Vector512.Load(from) : LoadTail(from, count);

    /// <summary>Stores the first up to sixteen floats of a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, float* to, int count)
    {
        if (count >= Count)
        {
            values.Store(to);
        }
        else
        {
            StoreTail(values, to, count);
        }
    }

    /// <summary>Adds eight lanes twice in a fixed order.</summary>
    public static double Sum(Vector512<double> lower, Vector512<double> upper)
    {
        Vector512<double> eight = lower + upper;
        Vector256<double> four = eight.GetLower() + eight.GetUpper();
        Vector128<double> two = four.GetLower() + four.GetUpper();
        return two.GetElement(0) + two.GetElement(1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> LoadTail(float* from, int count)
    {
        float* tail = stackalloc float[Count];
        Unsafe.InitBlock(tail, 0, Count * sizeof(float));
        for (int i = 0; i < count; i++)
        {
            tail[i] = from[i];
        }

        return Vector512.Load(tail);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreTail(Vector512<float> values, float* to, int count)
    {
        float* tail = stackalloc float[Count];
        values.Store(tail);
        for (int i = 0; i < count; i++)
        {
            to[i] = tail[i];
        }
    }
}
