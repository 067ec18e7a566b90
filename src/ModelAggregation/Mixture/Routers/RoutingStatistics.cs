namespace ModelAggregation.Mixture.Routers;

/// <summary>Where the routers of a mixture sent tokens or sequences.</summary>
/// <remarks>
/// The load-balancing loss is that of Mixtral: <c>E · Σⱼ Σₑ f[j,e] · P[e]</c>, with f[j,e] the share of tokens whose j-th choice is e, and P[e] the mean probability of e. Padding takes part in
/// neither, for any k: Model-GLUE's code counts two choices whatever k is as soon as there is a mask.
/// </remarks>
public sealed class RoutingStatistics
{
    private RoutingStatistics(IReadOnlyList<LayerRouting> layers, LayerRouting all, int expertCount, int chosen)
    {
        Layers = layers;
        All = all;
        ExpertCount = expertCount;
        Chosen = chosen;
    }

    /// <summary>Gets the number of experts, E.</summary>
    public int ExpertCount { get; }

    /// <summary>Gets how many experts compute for a token or sequence, k.</summary>
    public int Chosen { get; }

    /// <summary>Gets the statistics of each router, in the order of the layers.</summary>
    public IReadOnlyList<LayerRouting> Layers { get; }

    /// <summary>Gets the statistics over the tokens or sequences of all routers together, as the loss of a whole model has them.</summary>
    public LayerRouting All { get; }

    /// <summary>Computes the statistics.</summary>
    /// <param name="logits">The logits of each router: [tokens or sequences, experts]. Finite.</param>
    /// <param name="expertCount">The number of experts, E.</param>
    /// <param name="chosen">How many experts compute for a token or sequence, k: from 1 to E.</param>
    /// <param name="mask">Which tokens or sequences count, in each router; empty when all do.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together, a logit that counts is not finite, or nothing counts.</exception>
    public static RoutingStatistics Of(IReadOnlyList<float[]> logits, int expertCount, int chosen, ReadOnlySpan<bool> mask = default)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentOutOfRangeException.ThrowIfLessThan(expertCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(chosen, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chosen, expertCount);
        LayerRouting[] layers = new LayerRouting[logits.Count];
        RoutingCounter all = new(expertCount, chosen);
        for (int layer = 0; layer < layers.Length; layer++)
        {
            RoutingCounter own = new(expertCount, chosen);
            own.Add(logits[layer], mask);
            all.Add(own);
            layers[layer] = own.Finish();
        }

        return new RoutingStatistics(layers, all.Finish(), expertCount, chosen);
    }
}
