using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>DARE with TIES' sign election: drops random entries of each task vector, rescales the rest, elects signs and merges what agrees (Yu et al. 2024, section 3).</summary>
public sealed class DareTiesMerge : DareMethod
{
    /// <inheritdoc />
    public override string Name => "dare_ties";

    /// <inheritdoc />
    public override string Summary => "Drops random entries of the task vectors, rescales the rest, elects signs, and merges what agrees.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [.. base.Parameters, SignElection.Sign, SignElection.Divisor];

    private protected override bool ElectsSigns => true;
}
