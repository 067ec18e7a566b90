namespace ModelAggregation.Merging.Methods;

/// <summary>DELLA with TIES' sign election: drops entries at random by rank, rescales the rest, elects signs and merges what agrees (Deep et al. 2024, section 3).</summary>
public sealed class DellaMerge : DellaMethod
{
    /// <inheritdoc />
    public override string Name => "della";

    /// <inheritdoc />
    public override string Summary => "Drops entries of the task vectors at random, small ones more often, rescales the rest, elects signs, and merges what agrees.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [.. base.Parameters, SignElection.Sign, SignElection.Divisor];

    private protected override bool NormalizesByDefault => true;

    private protected override bool ElectsSigns => true;
}
