namespace ModelAggregation.Merging.Methods;

/// <summary>DARE with task arithmetic: drops random entries of each task vector, rescales the rest and adds them (Yu et al. 2024, section 3).</summary>
public sealed class DareLinearMerge : DareMethod
{
    /// <inheritdoc />
    public override string Name => "dare_linear";

    /// <inheritdoc />
    public override string Summary => "Drops random entries of the task vectors, rescales the rest, and adds them to the base model.";
}
