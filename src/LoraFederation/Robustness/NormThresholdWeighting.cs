namespace LoraFederation.Robustness;

/// <summary>A threshold on norms: clients whose update is longer than a multiple of the median norm do not count.</summary>
/// <remarks>
/// Of the family of Sun et al. 2019, "Can You Really Backdoor Federated Learning?" (arXiv 1911.07963), section 4, with a threshold that follows the updates. It
/// bounds how far an attacker can push, not in which direction: to shorten long updates in place of dropping them, clip (<c>AggregationRecipe.Clipping</c>).
/// </remarks>
public sealed record NormThresholdWeighting : RobustWeighting
{
    /// <summary>Creates the rule.</summary>
    /// <param name="factor">How many times the median norm is allowed; at least 1 and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not that.</exception>
    public NormThresholdWeighting(double factor = 3)
    {
        if (!(factor >= 1 && double.IsFinite(factor)))
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "A factor is at least 1 and finite: below it, most clients would not count.");
        }

        Factor = factor;
    }

    /// <summary>Gets how many times the median norm is allowed.</summary>
    public double Factor { get; }

    /// <inheritdoc />
    public override string Name => "norm_threshold";

    /// <inheritdoc />
    protected override IReadOnlyList<double> Weigh(UpdateGeometry geometry, IReadOnlyList<double> prior)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        double[] norms = [.. Enumerable.Range(0, geometry.Count).Select(geometry.Norm)];
        double threshold = Factor * Medians.Upper(norms);
        return Keep(prior, Enumerable.Range(0, geometry.Count).Where(client => norms[client] <= threshold));
    }
}
