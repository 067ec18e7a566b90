using System.Runtime.Intrinsics;

namespace ModelRuntime.Kernels;

/// <summary>Adds the lanes of sums, always in the same order.</summary>
internal static class LaneSum
{
    /// <summary>The sum of sixteen lanes: halves are added to each other until one is left.</summary>
    public static double Of(Vector512<double> lower, Vector512<double> upper)
    {
        Vector512<double> eight = lower + upper;
        Vector256<double> four = eight.GetLower() + eight.GetUpper();
        Vector128<double> two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
    }
}
