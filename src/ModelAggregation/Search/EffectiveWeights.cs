namespace ModelAggregation.Search;

/// <summary>The weights of the originals in a model that was merged with one more at a time.</summary>
public static class EffectiveWeights
{
    // Beyond it are only roundings of the products, which would make equal merges look different.
    private const int Digits = 15;

    /// <summary>Expands the coefficients of a chain of merges: <c>w₀ = Π cⱼ</c> of the first model, <c>wᵢ = (1 − cᵢ)·Π cⱼ over j > i</c> of the i-th that was merged in.</summary>
    /// <param name="coefficients">For each merge the weight of what was merged before, in [0, 1]; 1 minus it is that of the model that comes in.</param>
    /// <returns>One weight more than coefficients; they add up to 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A coefficient is not in its range.</exception>
    public static double[] Expand(params ReadOnlySpan<double> coefficients)
    {
        double[] weights = new double[coefficients.Length + 1];
        double product = 1;
        for (int i = coefficients.Length - 1; i >= 0; i--)
        {
            if (!(coefficients[i] is >= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(coefficients), coefficients[i], "A coefficient is in [0, 1].");
            }

            weights[i + 1] = Math.Round((1 - coefficients[i]) * product, Digits);
            product *= coefficients[i];
        }

        weights[0] = Math.Round(product, Digits);
        return weights;
    }
}
