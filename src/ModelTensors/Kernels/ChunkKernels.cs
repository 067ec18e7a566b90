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
    public const int Capacity = 2048;

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

    /// <summary>Multiplies stored elements by a number, in float, and rounds them to another type or the same: two roundings, or one where the output is F32.</summary>
    /// <param name="source">The elements; F32, F16 or BF16.</param>
    /// <param name="type">Their type.</param>
    /// <param name="factor">The number.</param>
    /// <param name="destination">Receives the products; it may be the source where the types are of one size.</param>
    /// <param name="output">Their type; F32, F16 or BF16.</param>
    /// <param name="count">The number of elements.</param>
    public abstract void Scale(void* source, DataType type, float factor, void* destination, DataType output, int count);

    /// <summary>Gets the kernels over floats.</summary>
    public abstract PassKernels Singles { get; }

    /// <summary>Gets the kernels over elements of a storage type, or null when there are none: then chunks are widened first.</summary>
    public abstract PassKernels? Over(DataType type);

    /// <summary>
    /// Adds the inner products of vectors, in double: lane c of each gets Σ left · right over the elements whose index is c modulo sixteen.
    /// </summary>
    /// <param name="vectors">The vectors; of two to four that are finite each element is widened once, of others once for each pair.</param>
    /// <param name="vectorCount">The number of vectors, at least one.</param>
    /// <param name="lanes">Sixteen lanes for each of the pairs (0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2) and so on.</param>
    /// <param name="count">The number of elements; what lies behind them is not read.</param>
    public void AddGram(float** vectors, int vectorCount, double* lanes, int count)
    {
        int done = count & -GramKernels.Pair;
        if (!GramKernels.Takes(vectorCount) || !Singles.Gram.TryAdd(null, (void**)vectors, vectorCount, lanes, done))
        {
            done = count & -Step;
            for (int right = 0, pair = 0; right < vectorCount; right++)
            {
                for (int left = 0; left <= right; left++, pair++)
                {
                    AddProducts(vectors[left], vectors[right], lanes + (pair * Step), done);
                }
            }
        }

        for (int i = done; i < count; i++)
        {
            for (int right = 0, lane = i % Step; right < vectorCount; right++)
            {
                for (int left = 0; left <= right; left++, lane += Step)
                {
                    // The product of two widened floats is exact, so that a sum needs no fusing to be that of the vectors.
                    lanes[lane] += (double)vectors[left][i] * vectors[right][i];
                }
            }
        }
    }

    /// <summary>sums[i] += left[i] · right[i], in double; the sums of vectors that lie side by side.</summary>
    public abstract void AddProductsEach(float* left, float* right, double* sums, int count);

    /// <summary>lanes[c] += Σ left · right over the elements of the lane, for whole steps.</summary>
    protected abstract void AddProducts(float* left, float* right, double* lanes, int count);

    /// <summary>Writes the Philox draws of consecutive elements, in whole blocks of <see cref="PassKernels.Block"/>.</summary>
    /// <param name="key">The key of the draws.</param>
    /// <param name="firstBlock">The index of the first element divided by <see cref="PassKernels.Block"/>, without remainder.</param>
    /// <param name="draws">The draws.</param>
    /// <param name="count">A multiple of <see cref="PassKernels.Block"/>.</param>
    public abstract void Draw(PhiloxKey key, long firstBlock, ushort* draws, int count);

    /// <summary>
    /// Keeps the elements whose draws are below their limits <c>max(1, round(lowest + step · rank))</c>, computed in float, the sum fused: a bit each, lowest
    /// first.
    /// </summary>
    /// <param name="ranks">The ranks; read in whole steps.</param>
    /// <param name="draws">The draws; read in whole steps.</param>
    /// <param name="lowest">The limit of rank 0, in 65,536ths.</param>
    /// <param name="step">How much the limit rises from rank to rank.</param>
    /// <param name="kept">Receives the bits, in whole steps.</param>
    /// <param name="count">The number of elements.</param>
    public abstract void KeepByRank(int* ranks, ushort* draws, float lowest, float step, ushort* kept, int count);

    /// <summary>The same, as factors: 65,536 divided by the limit for what is kept, zero for what is not. Written in whole steps.</summary>
    public abstract void KeepByRank(int* ranks, ushort* draws, float lowest, float step, float* factors, int count);

    /// <summary>lanes[c] += Σ values² over the elements of the lane, in double, for whole steps.</summary>
    public abstract void AddSquares(float* values, double* lanes, int count);

    /// <summary>Returns how many values, none with its sign set, are above zero, NaN among them; in whole steps.</summary>
    public abstract long CountPositive(float* values, int count);

    /// <summary>Adds two vectors to the sums of their lanes, in double; two, because one alone would wait for its own additions.</summary>
    public abstract void AddPairSums(float* left, float* right, double* leftSums, double* rightSums, int count);

    /// <summary>destination = right − left, exactly zero where the bits are equal, infinities and NaNs included.</summary>
    /// <param name="left">The first vector.</param>
    /// <param name="right">The second vector.</param>
    /// <param name="destination">The differences; may be neither input.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="changed">The number of differences that are not zero.</param>
    /// <returns>The bits of the largest magnitude among the differences; those of a NaN if there is one.</returns>
    public abstract uint Differences(float* left, float* right, float* destination, int count, out long changed);
}
