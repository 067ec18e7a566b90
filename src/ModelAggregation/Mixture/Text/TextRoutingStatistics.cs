namespace ModelAggregation.Mixture.Text;

/// <summary>Where the texts of a routed model went.</summary>
/// <param name="Experts">How much went to each model, in their order.</param>
/// <param name="Entropy">The mean entropy of a text's probabilities in nats: 0 where the router is sure, ln(models) where it cannot tell; 0 where there were no texts.</param>
public sealed record TextRoutingStatistics(IReadOnlyList<ExpertUsage> Experts, double Entropy)
{
    /// <summary>Gets the number of different texts, added up over calls.</summary>
    public long Texts => Experts.Sum(expert => expert.Texts);

    /// <summary>Gets the number of requests.</summary>
    public long Requests => Experts.Sum(expert => expert.Requests);
}
