namespace LoraFederation.LowRank;

/// <summary>How far the product of averaged factors is from the average of the products: the error of FedIT and of zero-padding, of one module or many.</summary>
/// <param name="ResidualNorm">The norm of <c>Σ p_k s_k B_k A_k - B̂ Â</c>, with <c>B̂ = Σ p_k √s_k B_k</c> and <c>Â = Σ p_k √s_k A_k</c>.</param>
/// <param name="SumNorm">The norm of the exact sum.</param>
/// <remarks>
/// The residual is the weighted covariance of the factors, <c>Σ p_k (B_k - B̂)(A_k - Â)</c>: it vanishes only where all A or all B are equal. Described with
/// FedEx-LoRA (Singhal et al. 2024, arXiv 2410.09432), section 3. Zero comes out as about 1e-8 of the sum: it is the root of a rounded difference.
/// </remarks>
public sealed record AggregationNoise(double ResidualNorm, double SumNorm)
{
    /// <summary>Gets the noise relative to the sum: 0 where both are zero, infinite where the sum alone is.</summary>
    public double Relative => ResidualNorm == 0 ? 0 : ResidualNorm / SumNorm;

    /// <summary>Measures the noise of one module from Gram matrices.</summary>
    /// <param name="sum">The clients' factors; the coefficients are p_k s_k. Where ranks differ, smaller factors count as padded with zeros.</param>
    /// <param name="weights">p_k: not negative, at most one together. What is missing to one belongs to clients whose factors are zero.</param>
    /// <param name="grams">The Gram matrices of the sum.</param>
    /// <exception cref="ArgumentException">The weights do not fit the terms.</exception>
    public static AggregationNoise Measure(LowRankSum sum, IReadOnlyList<double> weights, FactorGrams grams)
    {
        ArgumentNullException.ThrowIfNull(sum);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(grams);
        FactorScales scales = new(sum, weights);
        int count = weights.Count;
        double[] exact = new double[count * count];
        double[] residual = new double[count * count];
        for (int i = 0; i < count; i++)
        {
            exact[(i * count) + i] = sum.Coefficients[i];
            for (int j = 0; j < count; j++)
            {
                residual[(i * count) + j] = exact[(i * count) + j] - (weights[i] * scales.Left(i) * weights[j] * scales.Right(j));
            }
        }

        return new AggregationNoise(Norm(sum, grams, residual), Norm(sum, grams, exact));
    }

    /// <summary>Combines the noise of modules.</summary>
    /// <param name="modules">The noise of each.</param>
    public static AggregationNoise Combine(IEnumerable<AggregationNoise> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        double residual = 0;
        double sum = 0;
        foreach (AggregationNoise module in modules)
        {
            residual += module.ResidualNorm * module.ResidualNorm;
            sum += module.SumNorm * module.SumNorm;
        }

        return new AggregationNoise(Math.Sqrt(residual), Math.Sqrt(sum));
    }

    /// <summary>The norm of <c>Σ x_ij B_i A_j</c>, of the components that both terms have: <c>Σ (Xᵀ LeftᵀLeft X) ∘ Right Rightᵀ</c>.</summary>
    private static double Norm(LowRankSum sum, FactorGrams grams, double[] factors)
    {
        double[] half = Mix(sum, factors, grams.Left, isTransposed: false);
        double[] mixed = Mix(sum, factors, half, isTransposed: true);
        double square = 0;
        for (int i = 0; i < mixed.Length; i++)
        {
            square = Math.FusedMultiplyAdd(mixed[i], grams.Right[i], square);
        }

        return Math.Sqrt(Math.Max(0, square));
    }

    /// <summary>Multiplies by X, whose blocks are multiples of the identity: from the right, or its transpose from the left.</summary>
    private static double[] Mix(LowRankSum sum, double[] factors, ReadOnlySpan<double> matrix, bool isTransposed)
    {
        int size = sum.Rank;
        int count = sum.Coefficients.Count;
        (int along, int across) = isTransposed ? (size, 1) : (1, size);
        double[] result = new double[matrix.Length];
        for (int to = 0; to < count; to++)
        {
            for (int from = 0; from < count; from++)
            {
                double factor = factors[(from * count) + to];
                int shared = Math.Min(sum.RankOf(from), sum.RankOf(to));
                for (int component = 0; component < shared && factor != 0; component++)
                {
                    int target = (sum.StartOf(to) + component) * along;
                    int source = (sum.StartOf(from) + component) * along;
                    for (int i = 0; i < size; i++)
                    {
                        result[target + (i * across)] = Math.FusedMultiplyAdd(factor, matrix[source + (i * across)], result[target + (i * across)]);
                    }
                }
            }
        }

        return result;
    }
}
