using LoraFederation.Aggregators;
using LoraFederation.Weighting;

namespace LoraFederation.Privacy;

/// <summary>Weighs every client 1 / (qN), whoever was drawn: the sum changes by one client's part when one comes or goes, and by nothing else.</summary>
/// <remarks>
/// McMahan, Ramage, Talwar and Zhang 2018, "Learning Differentially Private Recurrent Language Models" (arXiv 1710.06963), section 2, the estimator with a
/// fixed denominator. Where each of N clients takes part with probability q, it is what amplification by sampling is proved for; a mean over those drawn is not.
/// </remarks>
public sealed record ExpectedCountWeighting : ClientWeighting
{
    /// <summary>Creates the rule.</summary>
    /// <param name="expected">qN, how many clients take part on average; above 0 and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not that.</exception>
    public ExpectedCountWeighting(double expected)
    {
        if (!(expected > 0 && double.IsFinite(expected)))
        {
            throw new ArgumentOutOfRangeException(nameof(expected), expected, "The expected number of clients is above 0 and finite.");
        }

        Expected = expected;
    }

    /// <summary>Gets qN.</summary>
    public double Expected { get; }

    /// <inheritdoc />
    public override string Name => "expected_count";

    /// <inheritdoc />
    public override bool IsRelative => false;

    /// <inheritdoc />
    public override IReadOnlyList<double> Weigh(Federation federation, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(federation);
        return [.. federation.Updates.Select(_ => 1 / Expected)];
    }
}
