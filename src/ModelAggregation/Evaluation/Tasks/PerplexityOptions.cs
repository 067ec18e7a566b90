namespace ModelAggregation.Evaluation.Tasks;

/// <summary>The settings of a <see cref="PerplexityTask"/>.</summary>
public sealed record PerplexityOptions
{
    /// <summary>Gets what the surprise is divided by.</summary>
    /// <value>The number of tokens by default.</value>
    public PerplexityMetric Metric { get; init; }

    /// <summary>Gets the share of the task in an evaluation's merit.</summary>
    /// <value>1 by default.</value>
    public double Weight { get; init; } = 1;
}
