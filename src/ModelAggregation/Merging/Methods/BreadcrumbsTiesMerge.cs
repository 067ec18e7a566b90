using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Methods;

/// <summary>Model Breadcrumbs with TIES' sign election: what is left between outliers and noise is merged where its signs agree (Davari and Belilovsky 2024, section 3; Yadav et al. 2023, section 3).</summary>
public sealed class BreadcrumbsTiesMerge : BreadcrumbsMethod
{
    /// <inheritdoc />
    public override string Name => "breadcrumbs_ties";

    /// <inheritdoc />
    public override string Summary => "Drops the largest and the smallest entries of the task vectors, elects signs, and merges what agrees.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [.. base.Parameters, SignElection.Sign, SignElection.Divisor];

    private protected override bool ElectsSigns => true;
}
