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

    /// <summary>to += Σ scale · from, in double in the order of the rows, rounded once.</summary>
    /// <param name="from">The first row of what is added.</param>
    /// <param name="stride">How many floats each row begins behind the one before.</param>
    /// <param name="scales">A factor for each row.</param>
    /// <param name="rows">How many rows are added.</param>
    /// <param name="to">The row that they are added to.</param>
    /// <param name="count">The length of a row.</param>
    public static void AddWeighted(float* from, long stride, double* scales, int rows, float* to, int count)
    {
        for (int i = 0; i < count; i += Lanes.Count)
        {
            int rest = count - i;
            (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(Lanes.Load(to + i, rest));
            for (int row = 0; row < rows; row++)
            {
                Vector512<double> factor = Vector512.Create(scales[row]);
                (Vector512<double> left, Vector512<double> right) = Vector512.Widen(Lanes.Load(from + (row * stride) + i, rest));
                lower = Vector512.FusedMultiplyAdd(factor, left, lower);
                upper = Vector512.FusedMultiplyAdd(factor, right, upper);
            }

            Lanes.Store(Vector512.Narrow(lower, upper), to + i, rest);
        }
    }
}
