namespace ModelTensors.Kernels;

/// <summary>
/// The kernels of element-wise passes, for elements of one storage type: they read tensors as they are stored, compute in float, and write what is
/// stored. Those for F32 also serve chunks of any type that have been widened before.
/// </summary>
/// <remarks>
/// <para>Elements are processed in whole blocks of <see cref="Block"/>; chunks are buffers of <see cref="ChunkKernels.Capacity"/> elements, stored
/// tensors are left to these kernels only in whole blocks.</para>
/// <para>Each returns false when it has met, or would have written, a NaN or an infinity. The results then hold only for floats: a stored chunk is
/// widened and gone through again, because the fast rounding of the others does not know such values, and because they have to be counted.</para>
/// <para>They are compiled fully optimised at once: without inlining, which the first tier leaves out, each operation on lanes is a call, and a merge
/// of a second would spend most of it waiting for the second tier.</para>
/// </remarks>
internal abstract unsafe class PassKernels
{
    /// <summary>The number of elements of a block: what sixteen Philox counters serve.</summary>
    public const int Block = Philox.ElementsPerBlock;

    /// <summary>Gets the number of bytes of an element.</summary>
    public abstract int ElementSize { get; }

    /// <summary>Gets the kernels of inner products.</summary>
    public abstract GramKernels Gram { get; }

    /// <summary>destination = Σ weights[j] · inputs[j], in the order of the inputs; the first product is rounded, the others are fused.</summary>
    public abstract bool WeightedSum(void** inputs, float* weights, int inputCount, void* destination, int count);

    /// <summary>destination = base + Σ weights[j] · (inputs[j] − base), in the order of the inputs; the first product is rounded, the others are fused.</summary>
    public abstract bool AddDeltas(void* origin, void** inputs, float* weights, int inputCount, void* destination, int count);

    /// <summary>The weighted sum with a weight for each element.</summary>
    public abstract bool WeightedSumEach(void** inputs, float** weights, int inputCount, void* destination, int count);

    /// <summary>The weighted sum of differences, added to the base, with a weight for each element.</summary>
    public abstract bool AddDeltasEach(void* origin, void** inputs, float** weights, int inputCount, void* destination, int count);

    /// <summary>
    /// destination = x₀ + Σ (own[j] / Σ own)·(inputs[j] − x₀) with own[j] = weights[j] · statistics[j], in the order of the inputs; where Σ own is zero
    /// shares[j] stand for the quotients. False also where statistics are negative: then the results hold for the other elements.
    /// </summary>
    public abstract bool ElementMean(void** inputs, void** statistics, float* weights, float* shares, int inputCount, void* destination, int count);

    /// <summary>destination = base + Σ deltas[j], in the order of the deltas.</summary>
    public abstract bool AddSum(void* origin, float** deltas, int deltaCount, void* destination, int count);

    /// <summary>
    /// Elects a sign for each element by the sum of the votes, or of their signs (a zero sum elects plus), adds the values of those that agree, divides by the sum of
    /// their divisors if asked, and adds lambda times the result to the base. A NaN agrees with neither sign.
    /// </summary>
    public abstract bool Elect(void* origin, ElectionTerms* terms, ElectionRule rule, void* destination, int count);

    /// <summary>
    /// destination = base + the mean of the differences whose magnitude is above <paramref name="epsilon"/>; a difference that is alone there is
    /// multiplied by its scale instead. A NaN is above.
    /// </summary>
    public abstract bool ActiveMean(void* origin, void** inputs, float* scales, int inputCount, float epsilon, void* destination, int count);

    /// <summary>destination = input where |input − base| or 1e-6 is at most the distance, else base + distance / max(|input − base|, 1e-6) · (input − base).</summary>
    public abstract bool NearSwap(void* origin, void* input, float distance, void* destination, int count);

    /// <summary>Counts, for each input, the differences above <paramref name="epsilon"/>, and those of them that are alone among the inputs. A NaN is above.</summary>
    /// <param name="origin">The base's elements.</param>
    /// <param name="inputs">The models' elements.</param>
    /// <param name="inputCount">The number of models.</param>
    /// <param name="epsilon">The bound, 0 or more.</param>
    /// <param name="unique">For each model, added to.</param>
    /// <param name="active">For each model, added to.</param>
    /// <param name="count">The number of elements; zeros behind them, up to a whole step, are not counted.</param>
    public abstract bool CountActive(void* origin, void** inputs, int inputCount, float epsilon, long* unique, long* active, int count);

    /// <summary>destinations[j] = inputs[j] − base.</summary>
    public abstract bool Differences(void* origin, void** inputs, int inputCount, float** destinations, int count);

    /// <summary>destination = weight · (input − base).</summary>
    public abstract bool Delta(void* input, void* origin, float weight, float* destination, int count);

    /// <summary>destination = |input − base|.</summary>
    public abstract bool Magnitudes(void* input, void* origin, float* destination, int count);

    /// <summary>The same, and once more what a mask keeps of it; zero elsewhere.</summary>
    public abstract bool KeptMagnitudes(void* input, void* origin, ushort* mask, float* all, float* kept, int count);

    /// <summary>kept = input − base where a mask says so; zero elsewhere.</summary>
    public abstract bool KeptDeltas(void* input, void* origin, ushort* mask, float* kept, int count);

    /// <summary>The weighted deltas, kept where a mask says so; zero elsewhere.</summary>
    public abstract bool DeltaMasked(void* input, void* origin, float weight, ushort* mask, float* destination, int count);

    /// <summary>The weighted deltas, kept where the bits of |input − base| are above a limit; zero elsewhere.</summary>
    public abstract bool DeltaAbove(void* input, void* origin, float weight, int limit, float* destination, int count);

    /// <summary>The same, kept also where they equal the limit and <paramref name="ties"/> keeps them.</summary>
    public abstract bool DeltaAboveOrTied(void* input, void* origin, float weight, int limit, ref TieCursor ties, float* destination, int count);

    /// <summary>
    /// The weighted deltas, kept where the bits of |input − base| are above <paramref name="low"/>, or equal it and <paramref name="lowTies"/> keeps them, unless
    /// they are above <paramref name="high"/>, or equal it and <paramref name="highTies"/> keeps them; zero elsewhere. The lower limit is at most the higher.
    /// </summary>
    public abstract bool DeltaBetween(
        void* input, void* origin, float weight, int low, int high, ref TieCursor lowTies, ref TieCursor highTies, float* destination, int count);

    /// <summary>The weighted deltas, kept where the element's Philox draw is below a limit; zero elsewhere.</summary>
    /// <param name="input">The model's elements.</param>
    /// <param name="origin">The base's elements.</param>
    /// <param name="weight">The factor.</param>
    /// <param name="key">The key of the draws.</param>
    /// <param name="firstBlock">The index of the first element in its tensor divided by <see cref="Block"/>, without remainder.</param>
    /// <param name="limit">In [1, 65536].</param>
    /// <param name="destination">The result.</param>
    /// <param name="count">The number of elements.</param>
    public abstract bool DeltaRandom(void* input, void* origin, float weight, PhiloxKey key, long firstBlock, uint limit, float* destination, int count);

    /// <summary>destination = the population variance of the inputs' differences from the base; exactly zero where all are equal.</summary>
    public abstract bool Variances(void** inputs, void* origin, int inputCount, float* destination, int count);

    /// <summary>Masks the elements whose |input − base| has bits above a limit.</summary>
    public abstract void MaskAbove(void* input, void* origin, int limit, ushort* mask, int count);

    /// <summary>The same, and those that equal the limit where <paramref name="ties"/> keeps them.</summary>
    public abstract void MaskAboveOrTied(void* input, void* origin, int limit, ref TieCursor ties, ushort* mask, int count);

    /// <summary>Masks the elements whose Philox draw is below a limit.</summary>
    /// <param name="key">The key of the draws.</param>
    /// <param name="firstBlock">The index of the first element in its tensor divided by <see cref="Block"/>, without remainder.</param>
    /// <param name="limit">In [1, 65536].</param>
    /// <param name="mask">The result.</param>
    /// <param name="count">The number of elements.</param>
    public abstract void MaskRandom(PhiloxKey key, long firstBlock, uint limit, ushort* mask, int count);

    /// <summary>(weight · factors) · (input − base) where the factor, none of them negative, is not zero; zero elsewhere.</summary>
    public abstract bool DeltaScaled(void* input, void* origin, float weight, float* factors, float* destination, int count);

    /// <summary>Counts magnitudes of input − base against a bracket and appends those strictly inside to <paramref name="inside"/>.</summary>
    /// <param name="input">The model's elements.</param>
    /// <param name="origin">The base's elements.</param>
    /// <param name="count">The number of elements; zeros behind them, up to a whole step, are not counted.</param>
    /// <param name="bracket">The bracket and its counts.</param>
    /// <param name="inside">Room for <paramref name="count"/> + 32 magnitudes.</param>
    /// <param name="found">The number of magnitudes appended.</param>
    public abstract bool CountBracket(void* input, void* origin, int count, ref BracketCounts bracket, uint* inside, out int found);

    /// <summary>The same for two brackets.</summary>
    public abstract bool CountBrackets(
        void* input, void* origin, int count, ref BracketCounts first, ref BracketCounts second, uint* insideFirst, uint* insideSecond, out int foundFirst, out int foundSecond);
}
