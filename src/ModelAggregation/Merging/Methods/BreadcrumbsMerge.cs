namespace ModelAggregation.Merging.Methods;

/// <summary>Model Breadcrumbs: drops the largest entries of each task vector as outliers and the smallest as noise, and adds what is between (Davari and Belilovsky 2024, section 3).</summary>
public sealed class BreadcrumbsMerge : BreadcrumbsMethod
{
    /// <inheritdoc />
    public override string Name => "breadcrumbs";

    /// <inheritdoc />
    public override string Summary => "Drops the largest and the smallest entries of the task vectors and adds the rest.";
}
