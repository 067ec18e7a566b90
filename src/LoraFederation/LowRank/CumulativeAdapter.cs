using ModelTensors;
using ModelTensors.Devices;

namespace LoraFederation.LowRank;

/// <summary>
/// The sum of all rounds' updates of one module at a bounded rank, <c>C_t = cut([C_{t-1} | ΔW_t])</c>: a client that joins late gets this and the base model, in the
/// place of every round that it missed.
/// </summary>
public sealed class CumulativeAdapter : IDisposable
{
    private CumulativeAdapter(OrderedFactors factors, double error, double errorBound)
    {
        Factors = factors;
        TruncationError = Math.Sqrt((error * error) + (factors.Tail * factors.Tail));
        TruncationErrorBound = errorBound + factors.Tail;
    }

    /// <summary>Gets the sum, cut.</summary>
    public OrderedFactors Factors { get; }

    /// <summary>Gets the root of the squares of what each round cut: the distance from the exact sum where the cuts are independent of each other.</summary>
    public double TruncationError { get; }

    /// <summary>Gets the sum of what each round cut: the distance from the exact sum is never more.</summary>
    public double TruncationErrorBound { get; }

    /// <summary>Starts from the first round's update.</summary>
    /// <param name="update">The update.</param>
    /// <param name="device">Multiplies.</param>
    /// <param name="options">What is kept.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CumulativeAdapter Start(
        LowRankSum update, TensorDevice device, TruncationOptions options, CancellationToken cancellationToken = default) =>
        Resume(update, 0, 0, device, options, cancellationToken);

    /// <summary>Goes on from what was saved.</summary>
    /// <param name="saved">The factors as they were saved.</param>
    /// <param name="truncationError">The error until then, not negative.</param>
    /// <param name="truncationErrorBound">Its bound until then, not negative.</param>
    /// <param name="device">Multiplies.</param>
    /// <param name="options">What is kept.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CumulativeAdapter Resume(
        LowRankSum saved,
        double truncationError,
        double truncationErrorBound,
        TensorDevice device,
        TruncationOptions options,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(truncationError);
        ArgumentOutOfRangeException.ThrowIfNegative(truncationErrorBound);
        return new CumulativeAdapter(
            TruncatedSvd.Decompose(saved, device, options, cancellationToken: cancellationToken), truncationError, truncationErrorBound);
    }

    /// <summary>Returns the sum with another round's update; this one stays as it is.</summary>
    /// <param name="update">The update; of the same size.</param>
    /// <param name="device">Multiplies.</param>
    /// <param name="options">What is kept.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">The update has another size.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public CumulativeAdapter Add(LowRankSum update, TensorDevice device, TruncationOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(update);
        using LowRankSum both = Concatenate(update);
        return Resume(both, TruncationError, TruncationErrorBound, device, options, cancellationToken);
    }

    /// <summary>Releases the factors.</summary>
    public void Dispose() => Factors.Dispose();

    private LowRankSum Concatenate(LowRankSum update)
    {
        (long rows, long columns) = (Factors.Left.Shape[0], Factors.Right.Shape[1]);
        if (update.Rows != rows || update.Columns != columns)
        {
            throw new ArgumentException($"An update of {update.Rows} × {update.Columns} cannot be added to {rows} × {columns}.", nameof(update));
        }

        int rank = checked(Factors.Rank + update.Rank);
        HostTensor left = new(DataType.F32, new TensorShape(rows, rank));
        HostTensor right = new(DataType.F32, new TensorShape(rank, columns));
        for (long row = 0; row < rows; row++)
        {
            Factors.Left.AsSpan<float>(row * Factors.Rank, Factors.Rank).CopyTo(left.AsSpan<float>(row * rank, Factors.Rank));
            update.Left.AsSpan<float>(row * update.Rank, update.Rank).CopyTo(left.AsSpan<float>((row * rank) + Factors.Rank, update.Rank));
        }

        for (int row = 0; row < rank; row++)
        {
            Span<float> target = right.AsSpan<float>(row * columns, (int)columns);
            (row < Factors.Rank
                ? Factors.Right.AsSpan<float>(row * columns, target.Length)
                : update.Right.AsSpan<float>((row - Factors.Rank) * columns, target.Length)).CopyTo(target);
        }

        int[] ranks = [Factors.Rank, .. Enumerable.Range(0, update.Coefficients.Count).Select(update.RankOf)];
        return new LowRankSum(left, right, ranks, [1, .. update.Coefficients]);
    }
}
