namespace ModelTensors.Devices;

/// <summary><c>origin + lambda · combined task vectors</c>, in one fused pass.</summary>
/// <param name="Origin">The index of the base model among the inputs.</param>
/// <param name="Vectors">The task vectors; none gives the origin itself.</param>
public sealed record TaskVectorMap(int Origin, IReadOnlyList<TaskVector> Vectors) : MapPass
{
    /// <summary>Gets how task vectors that disagree are combined.</summary>
    /// <value><see cref="Consensus.None"/> by default.</value>
    public Consensus Consensus { get; init; }

    /// <summary>Gets whether the combination is divided by the sum of the weights: of those that agree, element by element, where a sign is elected; of all otherwise.</summary>
    /// <value>False by default. A sum of zero (below 1e-8 in magnitude without an election) divides by one.</value>
    public bool Normalize { get; init; }

    /// <summary>Gets the factor of the combination.</summary>
    /// <value>1 by default.</value>
    public double Lambda { get; init; } = 1;
}
