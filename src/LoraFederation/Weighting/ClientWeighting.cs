using LoraFederation.Aggregators;

namespace LoraFederation.Weighting;

/// <summary>A rule that says how much each client counts.</summary>
public abstract record ClientWeighting
{
    /// <summary>Gets the rule that counts examples: <c>p_k = n_k / Σ n</c> over the clients at hand (FLoRA, section 3).</summary>
    public static ClientWeighting Examples { get; } = new ExampleWeighting();

    /// <summary>Gets the rule that counts each client the same.</summary>
    public static ClientWeighting Uniform { get; } = new UniformWeighting();

    /// <summary>Gets the rule's name, such as <c>examples</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Gets whether only the ratios of the weights count, so that their sum is brought to one.</summary>
    /// <value>True by default. Where it is false the weights are used as they are, and the aggregate may be shorter than a mean.</value>
    public virtual bool IsRelative => true;

    /// <summary>Weighs the clients.</summary>
    /// <param name="federation">The updates, ordered by client.</param>
    /// <param name="context">What to compute with, for rules that look at the updates themselves.</param>
    /// <returns>A weight for each update: not negative, finite, not all zero. The caller brings their sum to one where <see cref="IsRelative"/>.</returns>
    /// <exception cref="FederationException">The updates do not have what the rule needs.</exception>
    public abstract IReadOnlyList<double> Weigh(Federation federation, AggregationContext context);
}
