namespace ModelTensors.Devices;

/// <summary><c>origin + lambda · combined task vectors</c>, in one fused pass.</summary>
/// <param name="Origin">The index of the base model among the inputs, or -1 for a tensor of zeros: then the inputs are task vectors themselves.</param>
/// <param name="Vectors">The task vectors; none gives the origin itself, which has to be an input then.</param>
public sealed record TaskVectorMap(int Origin, IReadOnlyList<TaskVector> Vectors) : MapPass
{
    /// <summary>Gets how task vectors that disagree are combined.</summary>
    /// <value><see cref="Consensus.None"/> by default.</value>
    public Consensus Consensus { get; init; }

    /// <summary>Gets whether the combination is divided by the sum of the <see cref="Divisor"/>: of those that agree, element by element, where a sign is elected; of all otherwise.</summary>
    /// <value>False by default. A sum of zero (below 1e-8 in magnitude without an election) divides by one.</value>
    public bool Normalize { get; init; }

    /// <summary>Gets what each task vector adds to the divisor.</summary>
    /// <value><see cref="TaskVectorDivisor.Weights"/> by default.</value>
    public TaskVectorDivisor Divisor { get; init; }

    /// <summary>Gets the smallest magnitude of an element's divisor where a sign is elected; it takes the place of smaller ones.</summary>
    /// <value>0 by default: then a divisor of zero is replaced by one.</value>
    public double SmallestDivisor { get; init; }

    /// <summary>Gets the factor of the combination.</summary>
    /// <value>1 by default.</value>
    public double Lambda { get; init; } = 1;
}
