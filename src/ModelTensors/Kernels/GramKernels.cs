namespace ModelTensors.Kernels;

/// <summary>
/// The inner products of the differences of two to four vectors of one storage type from a base: read as they are stored, subtracted in float,
/// multiplied and added in double.
/// </summary>
internal abstract unsafe class GramKernels
{
    /// <summary>The number of elements that are processed at once.</summary>
    public const int Pair = 2 * ChunkKernels.Step;

    /// <summary>The largest number of vectors whose sums fit the registers.</summary>
    public const int MostVectors = 4;

    /// <summary>Returns whether there are loops for so many vectors.</summary>
    public static bool Takes(int vectorCount) => vectorCount is >= 2 and <= MostVectors;

    /// <summary>
    /// Adds Σ (left − base) · (right − base) for each pair of vectors: to lane c of each what the elements have whose index is c modulo sixteen, in their
    /// order.
    /// </summary>
    /// <param name="origin">The base's elements, or null for zeros.</param>
    /// <param name="inputs">The vectors.</param>
    /// <param name="inputCount">The number of vectors, two to four.</param>
    /// <param name="lanes">Sixteen lanes for each of the pairs (0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2) and so on.</param>
    /// <param name="count">The number of elements, a multiple of <see cref="Pair"/>; what lies behind them is not read.</param>
    /// <returns>False when nothing was added, because a sum of squares was not finite or would not have been.</returns>
    public abstract bool TryAdd(void* origin, void** inputs, int inputCount, double* lanes, int count);
}
