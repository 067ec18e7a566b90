using System.Runtime.Intrinsics;

namespace ModelTensors.Kernels;

/// <summary>
/// The kernels over a chunk: at most <see cref="Capacity"/> consecutive elements of one tensor, widened to float and held in the first-level cache.
/// </summary>
/// <remarks>
/// All float buffers hold <see cref="Capacity"/> elements and are processed in whole steps of sixteen (random draws: in blocks of 128). What lies
/// behind the last element is zero in inputs of reductions and never read from outputs. The class is abstract over the vector width only; a virtual
/// call for a thousand elements costs nothing, and tests can run every width in one process.
/// </remarks>
internal abstract unsafe class ChunkKernels
{
    /// <summary>The number of elements of a full chunk: small enough for several models to share the first-level cache, a multiple of the 128 elements of a Philox block.</summary>
    public const int Capacity = 1024;

    /// <summary>The number of elements of a step, and of the virtual lanes of a reduction.</summary>
    public const int Step = 16;

    /// <summary>Gets the kernels for the widest vectors of this machine.</summary>
    public static ChunkKernels Best { get; } =
        Vector512.IsHardwareAccelerated ? new ChunkKernels<Lanes512, DoubleLanes512>()
        : Vector256.IsHardwareAccelerated ? new ChunkKernels<Lanes256, DoubleLanes256>()
        : new ChunkKernels<Lanes128, DoubleLanes128>();

    /// <summary>Gets the kernels of every width; those that the machine lacks run in software.</summary>
    public static IReadOnlyList<ChunkKernels> All { get; } =
        [new ChunkKernels<Lanes512, DoubleLanes512>(), new ChunkKernels<Lanes256, DoubleLanes256>(), new ChunkKernels<Lanes128, DoubleLanes128>()];

    /// <summary>Gets a short description, such as <c>512-bit vectors</c>.</summary>
    public abstract string Description { get; }

    /// <summary>Widens stored elements to float, and says whether any of them is NaN or infinite.</summary>
    public abstract bool Widen(void* source, DataType type, float* destination, int count);

    /// <summary>Rounds floats to the nearest stored value, ties to even, and says whether any result is NaN or infinite.</summary>
    public abstract bool Narrow(float* source, void* destination, DataType type, int count);

    /// <summary>destination = Σ weights[j] · inputs[j], in the order of the inputs; the first product is rounded, the others are fused.</summary>
    public abstract void WeightedSum(float** inputs, float* weights, int inputCount, float* destination, int count);

    /// <summary>destination = base + Σ weights[j] · (inputs[j] − base), in the order of the inputs.</summary>
    public abstract void AddDeltas(float* origin, float** inputs, float* weights, int inputCount, float* destination, int count);

    /// <summary><see cref="WeightedSum"/> from storage to storage, all of one type.</summary>
    /// <returns>False when the type has no such kernel, or when a result is not finite: then nothing written counts.</returns>
    public abstract bool TryWeightedSum(DataType type, void** inputs, float* weights, int inputCount, void* destination, int count);

    /// <summary><see cref="AddDeltas"/> from storage to storage, all of one type.</summary>
    /// <returns>False when the type has no such kernel, or when a result is not finite: then nothing written counts.</returns>
    public abstract bool TryAddDeltas(DataType type, void* origin, void** inputs, float* weights, int inputCount, void* destination, int count);

    /// <summary>destination = base + lambda · Σ inputs[j].</summary>
    public abstract void AddSum(float* origin, float** inputs, int inputCount, float lambda, float* destination, int count);

    /// <summary>destination = weight · (input − base).</summary>
    public abstract void Delta(float* input, float* origin, float weight, float* destination, int count);

    /// <summary>The same, kept where the magnitude's bits are above the threshold or tie with it and <paramref name="ties"/> keeps them; zero elsewhere.</summary>
    public abstract void DeltaAbove(float* input, float* origin, float weight, uint threshold, ref TieCursor ties, float* destination, int count);

    /// <summary>The same, kept where the element's Philox draw is below <paramref name="limit"/>; zero elsewhere.</summary>
    /// <param name="input">The model's elements.</param>
    /// <param name="origin">The base's elements.</param>
    /// <param name="weight">The factor.</param>
    /// <param name="key">The key of the draws.</param>
    /// <param name="firstBlock">The index of the first element in its tensor divided by 128, without remainder.</param>
    /// <param name="limit">In [0, 65536].</param>
    /// <param name="destination">The result.</param>
    /// <param name="count">The number of elements.</param>
    public abstract void DeltaRandom(float* input, float* origin, float weight, PhiloxKey key, long firstBlock, uint limit, float* destination, int count);

    /// <summary>
    /// Elects a sign for each element by the sum of the weighted deltas (a zero sum elects plus), adds those that agree, divides by the sum of
    /// their weights if asked (an exact zero divides by one), and adds lambda times the result to the base.
    /// </summary>
    public abstract void Elect(
        float* origin, float** deltas, float* weights, int deltaCount, bool normalize, float lambda, float* destination, int count);

    /// <summary>accumulators[lane] += Σ left · right over the elements of the lane, in double.</summary>
    public abstract void AddProducts(float* left, float* right, double* accumulators, int count);

    /// <summary>The three products of two vectors at once, each widened only once.</summary>
    public abstract void AddPairProducts(float* left, float* right, double* leftLeft, double* leftRight, double* rightRight, int count);

    /// <summary>accumulators[lane] += Σ |values| over the elements of the lane, in double.</summary>
    public abstract void AddMagnitudes(float* values, double* accumulators, int count);

    /// <summary>Counts magnitudes of input − base against a bracket and appends those strictly inside to <paramref name="inside"/>.</summary>
    /// <param name="input">The model's elements.</param>
    /// <param name="origin">The base's elements.</param>
    /// <param name="count">The number of elements; zeros behind them are not counted.</param>
    /// <param name="bracket">The bracket and its counts.</param>
    /// <param name="inside">Room for <paramref name="count"/> + 16 magnitudes.</param>
    /// <returns>The number of magnitudes appended.</returns>
    public abstract int CountBracket(float* input, float* origin, int count, ref BracketCounts bracket, uint* inside);
}
