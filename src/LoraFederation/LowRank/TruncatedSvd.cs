using ModelTensors.Devices;

namespace LoraFederation.LowRank;

/// <summary>The singular value decomposition of a sum of low-rank products, from its factors: nothing of the size of the weight is formed.</summary>
/// <remarks>
/// <para>What is cut is what the best approximation of that rank leaves, to 1e-7 of the whole: the components are stored as floats. FLoRIST (arXiv 2506.09199)
/// and HLoRA (arXiv 2503.00813) cut in the same place; FlexLoRA (arXiv 2402.11505) forms the dense matrix first.</para>
/// <para>The same bits for any number of threads. A sum of lower rank than that of its factors, with factors that are zero or depend on each other, gives fewer
/// components.</para>
/// </remarks>
public static class TruncatedSvd
{
    // Squares of values below are lost in the rounding of the Gram matrices; with some distance.
    private const double SmallestBySquares = 1e-6;

    /// <summary>Decomposes a sum and keeps its largest components.</summary>
    /// <param name="sum">The sum; its factors are finite.</param>
    /// <param name="device">Multiplies.</param>
    /// <param name="options">What is kept; all components when null.</param>
    /// <param name="grams">The Gram matrices of the sum, where they are known; otherwise they are computed.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">A factor holds NaN or infinity.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static OrderedFactors Decompose(
        LowRankSum sum, TensorDevice device, TruncationOptions? options = null, FactorGrams? grams = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sum);
        ArgumentNullException.ThrowIfNull(device);
        options ??= new TruncationOptions();
        using SumDecomposition decomposition = Decompose(sum, device, options.Method, options, grams, cancellationToken);
        return decomposition.Truncate(options.RankFor(decomposition.Values));
    }

    /// <summary>Returns the singular values of a sum that are not zero, in descending order.</summary>
    /// <param name="sum">The sum; its factors are finite.</param>
    /// <param name="device">Multiplies.</param>
    /// <param name="method">How they are found. <see cref="SvdMethod.Gram"/> is enough for thresholds and budgets, and fast.</param>
    /// <param name="grams">The Gram matrices of the sum, where they are known; otherwise they are computed.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">A factor holds NaN or infinity.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IReadOnlyList<double> Spectrum(
        LowRankSum sum, TensorDevice device, SvdMethod method = SvdMethod.Auto, FactorGrams? grams = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sum);
        ArgumentNullException.ThrowIfNull(device);
        using SumDecomposition decomposition = Decompose(sum, device, method, options: null, grams, cancellationToken);
        return decomposition.Values;
    }

    private static SumDecomposition Decompose(
        LowRankSum sum, TensorDevice device, SvdMethod method, TruncationOptions? options, FactorGrams? grams, CancellationToken cancellationToken)
    {
        // Without columns there is nothing to find by either method.
        if (method != SvdMethod.Qr || sum.Rank == 0)
        {
            grams ??= FactorGrams.Compute(sum, device, cancellationToken);
            GramDecomposition decomposition = new(sum, grams, device, options is null ? null : options.RankFor, cancellationToken);
            if (method == SvdMethod.Gram || IsEnough(decomposition, sum, options))
            {
                return decomposition;
            }
        }

        return new QrDecomposition(sum, device, cancellationToken);
    }

    /// <summary>Says whether all values that matter, those of components that are kept or of a whole spectrum, lie well above the rounding of squares.</summary>
    private static bool IsEnough(GramDecomposition decomposition, LowRankSum sum, TruncationOptions? options)
    {
        if (decomposition.LargestSummand == 0)
        {
            return true;
        }

        IReadOnlyList<double> values = decomposition.Values;
        int possible = (int)Math.Min(sum.Rank, Math.Min(sum.Rows, sum.Columns));
        int kept = options?.RankFor(values) ?? possible;
        bool isCut = options is null ? values.Count == possible : kept < values.Count || kept == Math.Min(options.MaximumRank, possible);
        return isCut && (options is null || kept < sum.Rank) && kept > 0
            && values[kept - 1] > SmallestBySquares * Math.Max(values[0], decomposition.LargestSummand);
    }
}
