namespace LoraFederation.LowRank;

/// <summary>What brings clients of different scalings to one: half of each scaling s_k goes to either factor, its sign to A.</summary>
internal sealed class FactorScales
{
    // Weights that were brought to one add up to it but for rounding.
    private const double Rounding = 1e-9;

    private readonly double[] _roots;
    private readonly double[] _signs;

    public FactorScales(LowRankSum sum, IReadOnlyList<double> weights)
    {
        double total = weights.Sum();
        if (weights.Count != sum.Coefficients.Count || !weights.All(weight => weight >= 0 && double.IsFinite(weight)) || total > 1 + Rounding)
        {
            throw new ArgumentException(
                $"Weights are not negative, one for each of {sum.Coefficients.Count} terms, and at most 1 together: they are {string.Join(", ", weights)}.", nameof(weights));
        }

        Missing = total < 1 - Rounding ? 1 - total : 0;
        _roots = new double[weights.Count];
        _signs = new double[weights.Count];
        for (int i = 0; i < _roots.Length; i++)
        {
            double coefficient = sum.Coefficients[i];
            if (weights[i] == 0 && coefficient != 0)
            {
                throw new ArgumentException($"Term {i} has coefficient {coefficient} but weight 0: a coefficient is the weight times the scaling.", nameof(weights));
            }

            _roots[i] = weights[i] == 0 ? 0 : Math.Sqrt(Math.Abs(coefficient / weights[i]));
            _signs[i] = Math.CopySign(1, coefficient);
        }
    }

    /// <summary>Gets what is missing of a total weight of one.</summary>
    public double Missing { get; }

    /// <summary>Returns what multiplies a client's B: √|s_k|.</summary>
    public double Left(int term) => _roots[term];

    /// <summary>Returns what multiplies a client's A: √|s_k| with the sign of s_k.</summary>
    public double Right(int term) => _signs[term] * _roots[term];
}
