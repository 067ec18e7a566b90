namespace ModelAggregation.Merging.Methods;

/// <summary>DELLA with task arithmetic: drops entries at random by rank, rescales the rest and adds them (Deep et al. 2024, section 3).</summary>
public sealed class DellaLinearMerge : DellaMethod
{
    /// <inheritdoc />
    public override string Name => "della_linear";

    /// <inheritdoc />
    public override string Summary => "Drops entries of the task vectors at random, small ones more often, rescales the rest, and adds them to the base model.";

    private protected override bool NormalizesByDefault => false;
}
