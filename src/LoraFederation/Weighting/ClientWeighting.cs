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

    /// <summary>Weighs the clients.</summary>
    /// <param name="federation">The updates, ordered by client.</param>
    /// <returns>A weight for each update: not negative, finite, not all zero. The caller brings their sum to one.</returns>
    /// <exception cref="FederationException">The updates do not have what the rule needs.</exception>
    public abstract IReadOnlyList<double> Weigh(Federation federation);
}
