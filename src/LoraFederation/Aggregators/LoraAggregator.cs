namespace LoraFederation.Aggregators;

/// <summary>A method that makes one update of a module from those of many clients. Stateless and safe to use from several threads.</summary>
public abstract class LoraAggregator
{
    /// <summary>Gets the name in recipes, such as <c>flora</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Gets how the result relates to the exact sum, with this instance's settings.</summary>
    public abstract Exactness Exactness { get; }

    /// <summary>Gets what the method needs the updates to have in common.</summary>
    public virtual AggregatorNeeds Needs => AggregatorNeeds.None;

    /// <summary>Gets whether the result is a weighted sum of what clients send, so that a secure sum of payloads is enough for it.</summary>
    public virtual bool IsLinear => false;

    /// <summary>Changes the clients' weights before any module is aggregated, for methods that weigh by what the updates are.</summary>
    /// <param name="federation">The updates.</param>
    /// <param name="weights">A weight for each update; their sum is one unless the recipe's rule wants it otherwise.</param>
    /// <param name="context">What to compute with.</param>
    /// <returns>The weights to use: not negative, finite, not all zero; their sum is brought back to what it was by the caller. The same ones by default.</returns>
    public virtual IReadOnlyList<double> Reweigh(Federation federation, IReadOnlyList<double> weights, AggregationContext context) => weights;

    /// <summary>Aggregates one module.</summary>
    /// <param name="module">What the clients have of it.</param>
    /// <param name="context">What to compute with.</param>
    /// <exception cref="FederationException">The updates do not have what the method needs.</exception>
    public abstract AggregatedModule Aggregate(ModuleContributions module, AggregationContext context);

    /// <summary>Predicts what a round costs for one module.</summary>
    /// <param name="sizes">The module's sizes and the clients' ranks.</param>
    public abstract RoundCost Cost(ModuleSizes sizes);
}
