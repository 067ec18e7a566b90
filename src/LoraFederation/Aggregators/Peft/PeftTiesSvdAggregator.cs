namespace LoraFederation.Aggregators.Peft;

/// <summary>PEFT's <c>ties_svd</c>: trims each product to its largest entries, elects a sign for each element, and takes the mean of what agrees; then decomposes.</summary>
/// <remarks>
/// Yadav et al. 2023, "TIES-Merging: Resolving Interference When Merging Models" (arXiv 2306.01708), section 3, on products. Signs are elected without
/// weights; the weighted entries that agree are added and divided by their number.
/// </remarks>
public sealed class PeftTiesSvdAggregator : PeftProductAggregator
{
    /// <inheritdoc />
    public override string Name => "peft_ties_svd";

    /// <summary>Gets the share of the elements that is kept.</summary>
    /// <value>In (0, 1]; 0.5 by default. Of equal magnitudes the first are kept; <c>floor(density · count)</c> may be none.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in (0, 1].</exception>
    public double Density
    {
        get;
        init => field = TaskVectorRule.CheckDensity(value);
    } = 0.5;

    /// <summary>Gets what elects signs.</summary>
    /// <value><see cref="MajoritySign.Total"/> by default.</value>
    public MajoritySign MajoritySign { get; init; }

    private protected override TaskVectorRule Rule => new(TaskVectorSparsity.Largest, Density, MajoritySign);
}
