namespace ModelAggregation.Mixture.Routers;

/// <summary>Where the tokens or sequences of a layer were routed.</summary>
public sealed record LayerRouting
{
    /// <summary>Gets the number of tokens or sequences, padding left out.</summary>
    public required long Count { get; init; }

    /// <summary>Gets the share of them that each expert computed for; the sum is k.</summary>
    public required IReadOnlyList<double> Load { get; init; }

    /// <summary>Gets the mean probability of each expert; the sum is 1.</summary>
    public required IReadOnlyList<double> MeanProbability { get; init; }

    /// <summary>Gets the mean entropy of a token's or sequence's probabilities in nats: 0 where the router is sure, ln(experts) where it cannot tell.</summary>
    public required double Entropy { get; init; }

    /// <summary>Gets the entropy of <see cref="MeanProbability"/> in nats: ln(experts) where all experts are used alike.</summary>
    public required double UsageEntropy { get; init; }

    /// <summary>Gets the load-balancing loss: k when the routing is uniform, more when it is not.</summary>
    public required double LoadBalancingLoss { get; init; }
}
