using ModelTensors;

namespace LoraFederation.LowRank;

/// <summary>What the average of factors misses of the average of products, in factored form.</summary>
/// <remarks>
/// FedEx-LoRA (Singhal et al. 2024, arXiv 2410.09432), section 3, adds it to the base weight, of rank K r. But <c>Σ p_k (B_k - B̂)(A_k - Â)</c> has summands whose left
/// factors, weighted, add up to zero: with one client j expressed by the others it is <c>Σ_{k≠j} p_k (B_k - B̂)(A_k - A_j)</c>, of rank at most (K - 1) r.
/// </remarks>
public static class AveragingResidual
{
    /// <summary>Computes <c>Σ p_k s_k B_k A_k - B̂ Â</c>, with <c>B̂ = Σ p_k √s_k B_k</c> and <c>Â = Σ p_k √s_k A_k</c>.</summary>
    /// <param name="sum">The clients' factors; the coefficients are p_k s_k. Where ranks differ, smaller factors count as padded with zeros.</param>
    /// <param name="weights">p_k: not negative, at most one together. What is missing to one belongs to clients whose factors are zero.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <returns>A sum with a term for each client whose weight is not zero but the heaviest one, or for each where weight is missing; of the greatest rank each.</returns>
    /// <exception cref="ArgumentException">The weights do not fit the terms.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static LowRankSum Compute(LowRankSum sum, IReadOnlyList<double> weights, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sum);
        ArgumentNullException.ThrowIfNull(weights);
        FactorScales scales = new(sum, weights);
        int rank = Enumerable.Range(0, weights.Count).Select(sum.RankOf).DefaultIfEmpty().Max();

        // Where weight is missing, the client that is expressed by the others is one whose factors are zero.
        int heaviest = 0;
        for (int i = 1; i < weights.Count; i++)
        {
            heaviest = weights[i] > weights[heaviest] ? i : heaviest;
        }

        int reference = scales.Missing > 0 ? -1 : heaviest;
        int[] terms = [.. Enumerable.Range(0, weights.Count).Where(term => term != reference && weights[term] > 0)];
        int total = checked(terms.Length * rank);
        HostTensor left = new(DataType.F32, new TensorShape(sum.Rows, total));
        HostTensor right = new(DataType.F32, new TensorShape(total, sum.Columns));
        double[] mean = new double[rank];
        for (long row = 0; row < sum.Rows; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            WriteLeft(sum, weights, scales, terms, row, mean, left.AsSpan<float>(row * total, total));
        }

        for (int i = 0; i < total; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<float> target = right.AsSpan<float>(i * sum.Columns, (int)sum.Columns);
            (int term, int component) = (terms[i / rank], i % rank);
            AddRow(sum, term, component, scales.Right(term), target);
            if (reference >= 0)
            {
                AddRow(sum, reference, component, -scales.Right(reference), target);
            }
        }

        return new LowRankSum(left, right, [.. terms.Select(_ => rank)], [.. terms.Select(term => weights[term])]);
    }

    /// <summary>Writes a row of every <c>√s_k B_k - B̂</c>; differences are taken in double and rounded once.</summary>
    private static void WriteLeft(
        LowRankSum sum, IReadOnlyList<double> weights, FactorScales scales, int[] terms, long row, double[] mean, Span<float> target)
    {
        ReadOnlySpan<float> values = sum.Left.AsSpan<float>(row * sum.Rank, sum.Rank);
        Array.Clear(mean);
        for (int term = 0; term < weights.Count; term++)
        {
            for (int component = 0; component < sum.RankOf(term); component++)
            {
                mean[component] = Math.FusedMultiplyAdd(weights[term] * scales.Left(term), values[sum.StartOf(term) + component], mean[component]);
            }
        }

        for (int i = 0; i < target.Length; i++)
        {
            (int term, int component) = (terms[i / mean.Length], i % mean.Length);
            double own = component < sum.RankOf(term) ? scales.Left(term) * values[sum.StartOf(term) + component] : 0;
            target[i] = (float)(own - mean[component]);
        }
    }

    private static void AddRow(LowRankSum sum, int term, int component, double scale, Span<float> target)
    {
        if (component >= sum.RankOf(term))
        {
            return;
        }

        ReadOnlySpan<float> values = sum.Right.AsSpan<float>((sum.StartOf(term) + component) * sum.Columns, target.Length);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (float)Math.FusedMultiplyAdd(scale, values[i], target[i]);
        }
    }
}
