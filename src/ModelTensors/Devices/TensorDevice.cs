namespace ModelTensors.Devices;

/// <summary>Something that computes with tensors: the CPU, or an accelerator. Passed in options, never global; safe to use from several threads.</summary>
public abstract class TensorDevice : IDisposable
{
    /// <summary>Gets one line that says what computes, such as <c>CPU, 2 threads, 512-bit vectors</c>.</summary>
    public abstract string Description { get; }

    /// <summary>Opens a session over the inputs of one output tensor. The device keeps what its passes share, such as uploaded inputs, until the session is disposed.</summary>
    /// <param name="inputs">The inputs; all of one shape, of floating-point types, at least one.</param>
    /// <param name="options">Progress and cancellation.</param>
    /// <exception cref="ArgumentException">There are no inputs, or their shapes differ.</exception>
    public abstract TensorSession Open(IReadOnlyList<TensorSource> inputs, SessionOptions? options = null);

    /// <summary>Estimates the most host memory that a session takes, whatever passes it runs. Beyond a bound it grows only with the number of rows or columns, for passes over each, never with their length.</summary>
    /// <param name="inputs">The inputs; at least one.</param>
    /// <param name="output">The type of the output.</param>
    public abstract long EstimateMemory(IReadOnlyList<TensorSource> inputs, DataType output);

    /// <summary>Multiplies matrices: <c>result = alpha · left · right + beta · result</c>, accumulated in float, or in double where any of them is F64.</summary>
    /// <remarks>
    /// In float each element is one chain of fused multiply-adds over ascending k. In double it is the sum of such chains over blocks of 128 k, added in
    /// order and rounded once where the result is F32. So on one device the result is the same bits for any number of threads. With beta 0 the result is
    /// not read: NaN in it vanishes.
    /// </remarks>
    /// <param name="left">m × k; F32, F16, BF16 or F64.</param>
    /// <param name="right">k × n; F32, F16, BF16 or F64, not necessarily the type of <paramref name="left"/>.</param>
    /// <param name="result">m × n, F32 or F64, not transposed, in memory that neither operand shares.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="beta">The factor of what <paramref name="result"/> holds.</param>
    /// <param name="cancellationToken">Stops the multiplication; the result is undefined then.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together, or a type is not one of those.</exception>
    public abstract void MatMul(Matrix left, Matrix right, Matrix result, float alpha = 1, float beta = 0, CancellationToken cancellationToken = default);

    /// <summary>Computes the inner products of all pairs of columns, in double: <c>result = operandᵀ · operand</c>.</summary>
    /// <remarks>
    /// What <see cref="MatMul"/> gives for the transpose and the operand in double, to the bit, at half the work: products of floats are exact, their sums go
    /// over blocks of 128 rows in order. The result is symmetric to the bit.
    /// </remarks>
    /// <param name="operand">m × n; F32, F16 or BF16. A tall matrix and the transpose of a flat one take the same time.</param>
    /// <param name="result">n × n, F64.</param>
    /// <param name="cancellationToken">Stops the multiplication; the result is undefined then.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together, or a type is not one of those.</exception>
    public abstract void Gram(Matrix operand, HostTensor result, CancellationToken cancellationToken = default);

    /// <summary>Computes the distances of queries to all rows, tile by tile: nothing of the size of queries × rows is held.</summary>
    /// <remarks>
    /// The inner products are those of <see cref="MatMul"/> in float: one chain of fused multiply-adds over ascending features, so on one device the distances
    /// are the same bits for any number of threads and any tile. Squared Euclidean distances are |x|² + |y|² − 2·x·y with squared norms from double, after
    /// the mean of the rows is subtracted from both, and never below zero; equal rows are equally far to the bit. Cosine distances are those of vectors
    /// that were brought to length 1 before. Each tile says how large the error may be. Features that are not finite, or whose squares
    /// overflow a float, give distances that mean nothing: check before.
    /// </remarks>
    /// <param name="queries">The queries, m × d; F32, F16 or BF16.</param>
    /// <param name="rows">The rows, n × d; F32, F16 or BF16, at most some two billion. A copy in F32 is held during the pass.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="consumer">Takes the tiles, in any order, on the device's threads.</param>
    /// <param name="options">The size of a tile.</param>
    /// <param name="cancellationToken">Stops the pass between tiles.</param>
    /// <exception cref="ArgumentException">The features are not as many on both sides, or a type is not one of those.</exception>
    public abstract void ForEachDistanceTile(
        Matrix queries, Matrix rows, DistanceMetric metric, DistanceTileConsumer consumer, DistanceOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Factors a symmetric positive definite matrix as L · Lᵀ (Cholesky), in double and in place.</summary>
    /// <remarks>Each element is one chain of fused multiply-adds over ascending k, so on one device the result is the same bits for any number of threads.</remarks>
    /// <param name="matrix">n × n, F64. Its lower triangle is read; afterwards it holds L, and the upper one Lᵀ.</param>
    /// <param name="pivot">The index of the first pivot that is not positive and finite, or -1.</param>
    /// <param name="cancellationToken">Stops the factoring; the matrix is undefined then.</param>
    /// <returns>Whether the matrix is positive definite; if not it is undefined afterwards.</returns>
    /// <exception cref="ArgumentException">The matrix is not square, or not F64.</exception>
    public abstract bool TryFactorCholesky(HostTensor matrix, out long pivot, CancellationToken cancellationToken = default);

    /// <summary>Multiplies rows by the inverse of a factored matrix, in place: <c>rows ← rows · (L · Lᵀ)⁻¹</c>, in double with one rounding to float.</summary>
    /// <param name="factor">What <see cref="TryFactorCholesky"/> made, n × n.</param>
    /// <param name="rows">m × n, F32.</param>
    /// <param name="cancellationToken">Stops the solving; the rows are undefined then.</param>
    /// <exception cref="ArgumentException">The rows have another length or type.</exception>
    public abstract void SolveCholesky(HostTensor factor, HostTensor rows, CancellationToken cancellationToken = default);

    /// <summary>Copies a tensor, converting its elements: widened exactly to float, then rounded once to nearest even. Equal types are copied byte for byte.</summary>
    /// <param name="source">The tensor to read.</param>
    /// <param name="destination">The place to write; of the same shape.</param>
    /// <param name="options">Progress and cancellation.</param>
    /// <exception cref="ArgumentException">The shapes differ, or one type holds floats and the other does not.</exception>
    public void Convert(TensorSource source, TensorSink destination, SessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        using TensorSession session = Open([source], options);
        session.Copy(0, destination);
    }

    /// <summary>Releases threads and device memory.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases threads and device memory.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
