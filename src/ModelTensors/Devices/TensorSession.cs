namespace ModelTensors.Devices;

/// <summary>
/// Passes over the inputs of one output tensor, one after the other: reductions and selections whose small results come back to the caller,
/// then a map that writes the output. Each pass streams; none holds a whole tensor in host memory.
/// </summary>
/// <remarks>
/// The results are the same bits for any number of threads, tile size and vector width. Reductions accumulate in double, in sixteen lanes
/// (lane = index mod 16) over <see cref="Segments"/>, whose sums are added in order. An origin of -1 stands for a tensor of zeros.
/// </remarks>
public abstract class TensorSession : IDisposable
{
    private readonly long[] _nonFinite;

    /// <summary>Creates a session.</summary>
    /// <param name="inputs">The inputs; all of one shape, at least one.</param>
    /// <exception cref="ArgumentException">There are no inputs, or their shapes differ.</exception>
    protected TensorSession(IReadOnlyList<TensorSource> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count == 0)
        {
            throw new ArgumentException("A session needs at least one input.", nameof(inputs));
        }

        if (inputs.FirstOrDefault(input => input.Shape != inputs[0].Shape) is { } other)
        {
            throw new ArgumentException($"The inputs' shapes differ: {inputs[0].Shape} and {other.Shape}.", nameof(inputs));
        }

        Inputs = inputs;
        Segments = new Segments(inputs[0].Shape.ElementCount);
        _nonFinite = new long[inputs.Count];
    }

    /// <summary>Gets the inputs; passes name them by index.</summary>
    public IReadOnlyList<TensorSource> Inputs { get; }

    /// <summary>Gets the fixed partition of the elements.</summary>
    public Segments Segments { get; }

    /// <summary>Gets how many elements of each input are NaN or infinite, as far as passes have read it.</summary>
    public IReadOnlyList<long> NonFiniteInputs => _nonFinite;

    /// <summary>Gets how many elements of the output are NaN or infinite after <see cref="Map"/>; an overflow of F16 shows here alone.</summary>
    public abstract long NonFiniteOutputs { get; }

    /// <summary>Computes the inner products of inputs, or of their differences from an origin.</summary>
    /// <param name="inputs">The inputs' indices.</param>
    /// <param name="origin">The index of the input that is subtracted, in float, or -1.</param>
    /// <returns>The symmetric matrix of inner products, in double.</returns>
    public abstract GramMatrix Gram(IReadOnlyList<int> inputs, int origin = -1);

    /// <summary>Computes the inner products of inputs, or of their differences from an origin, for each vector of the tensor by itself.</summary>
    /// <remarks>
    /// Takes 8 bytes for each vector and each pair of inputs; for columns up to seventeen times as much, because sixteen parts of the tensor are summed
    /// in parallel. Each is summed in sixteen lanes of doubles (rows) or in one (columns) over runs that depend on the shape alone.
    /// </remarks>
    /// <param name="inputs">The inputs' indices.</param>
    /// <param name="axis">The direction of the vectors.</param>
    /// <param name="origin">The index of the input that is subtracted, in float, or -1.</param>
    /// <exception cref="NotSupportedException">The inner products are more than an array holds.</exception>
    public abstract GramMatrices Gram(IReadOnlyList<int> inputs, VectorAxis axis, int origin = -1);

    /// <summary>Counts, for each input, the elements at which it differs from an origin, alone or together with other inputs.</summary>
    /// <param name="inputs">The inputs' indices.</param>
    /// <param name="origin">The index of the input that is subtracted, in float.</param>
    /// <param name="epsilon">The magnitude that a difference must exceed, 0 or more; rounded to float.</param>
    public abstract IReadOnlyList<ActivityCounts> CountActive(IReadOnlyList<int> inputs, int origin, double epsilon);

    /// <summary>Finds, for each request, the elements of largest key, such as the magnitude |input − origin|.</summary>
    /// <remarks>All requests share one pass, and those of one key, given as the same object, its computation too.</remarks>
    /// <param name="requests">What to select; between one and all elements each.</param>
    /// <param name="origin">The index of the input that is subtracted, in float, or -1.</param>
    /// <returns>An exact selection for each request.</returns>
    public abstract IReadOnlyList<ElementSelection> SelectLargest(IReadOnlyList<SelectionRequest> requests, int origin = -1);

    /// <summary>Sums magnitudes |input − origin|, over all elements and over those that a sparsifier keeps.</summary>
    /// <param name="vectors">The inputs and sparsifiers; weights and scales are ignored.</param>
    /// <param name="origin">The index of the input that is subtracted, in float, or -1.</param>
    public abstract IReadOnlyList<MagnitudeSums> SumMagnitudes(IReadOnlyList<TaskVector> vectors, int origin = -1);

    /// <summary>Sums the squares of the elements of task vectors that their sparsifiers keep.</summary>
    /// <param name="vectors">The inputs and sparsifiers; weights and scales are ignored.</param>
    /// <param name="origin">The index of the input that is subtracted, in float, or -1.</param>
    public abstract IReadOnlyList<double> SumSquares(IReadOnlyList<TaskVector> vectors, int origin = -1);

    /// <summary>
    /// Computes for each row, a run of the last dimension, the Kullback-Leibler divergence <c>Σ p·log(p/q)</c> of the softmax p of one input from the
    /// softmax q of another, in double.
    /// </summary>
    /// <remarks>Takes host memory for a number for each row, and nothing that grows with the rows' length.</remarks>
    /// <param name="input">The input whose softmax is p.</param>
    /// <param name="other">The input whose softmax is q.</param>
    /// <param name="smoothing">What is added to each probability, so that no quotient is without bounds; above 0.</param>
    public abstract double[] RowDivergences(int input, int other, double smoothing);

    /// <summary>Ranks the elements of each row by magnitude |input − origin|, ascending; of equal ones the first has the lower rank.</summary>
    /// <remarks>
    /// A row runs along dimension 1; a vector is one row. It has to fit the working memory. Does not count what is not finite: NaN ranks highest.
    /// </remarks>
    /// <param name="inputs">The inputs' indices.</param>
    /// <param name="consumer">Takes the ranks, run by run.</param>
    /// <param name="origin">The index of the input that is subtracted, in float, or -1.</param>
    /// <exception cref="RowTooLongException">A row does not fit the working memory.</exception>
    public abstract void RankRows(IReadOnlyList<int> inputs, RankedRun consumer, int origin = -1);

    /// <summary>Compares two inputs in one pass: norms, inner product, distance, and what has changed.</summary>
    /// <param name="left">The index of the first.</param>
    /// <param name="right">The index of the second.</param>
    /// <param name="rowLength">The number of consecutive elements that make a row; at least 1, and a divisor of the number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such input, or rows of that length do not make up the tensor.</exception>
    public abstract TensorComparison Compare(int left, int right, long rowLength);

    /// <summary>Computes the output, element by element.</summary>
    /// <param name="pass">What to compute.</param>
    /// <param name="output">Where it goes; of the inputs' shape, F16, BF16, F32 or F64.</param>
    /// <exception cref="NotSupportedException">The device cannot run the pass, or cannot write the output's type.</exception>
    public abstract void Map(MapPass pass, TensorSink output);

    /// <summary>Computes consecutive elements of the output alone: the bits that <see cref="Map"/> would write there.</summary>
    /// <remarks>Selections and random draws are those of the whole tensor. Does not count what is not finite.</remarks>
    /// <param name="pass">What to compute.</param>
    /// <param name="start">The index of the first element.</param>
    /// <param name="part">Where they go; it has as many elements as are computed, in F16, BF16, F32 or F64.</param>
    /// <exception cref="ArgumentOutOfRangeException">The elements are not all inside the tensor.</exception>
    /// <exception cref="NotSupportedException">The device cannot run the pass, or cannot write the output's type.</exception>
    public abstract void MapPart(MapPass pass, long start, TensorSink part);

    /// <summary>Copies an input, byte for byte when the types are equal, otherwise converted with one rounding.</summary>
    /// <param name="input">The input's index.</param>
    /// <param name="output">Where it goes; of the input's shape.</param>
    public abstract void Copy(int input, TensorSink output);

    /// <summary>Releases what the passes shared.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds to <see cref="NonFiniteInputs"/>; any thread may call.</summary>
    /// <param name="input">The input's index.</param>
    /// <param name="count">How many more elements are not finite.</param>
    protected void ReportNonFinite(int input, long count) => Interlocked.Add(ref _nonFinite[input], count);

    /// <summary>Releases what the passes shared.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
