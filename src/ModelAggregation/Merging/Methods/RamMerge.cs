namespace ModelAggregation.Merging.Methods;

/// <summary>RAM: the mean of the differences that count, and whole what one model alone changes (Yuan et al. 2026).</summary>
public sealed class RamMerge : RamMethod
{
    /// <inheritdoc />
    public override string Name => "ram";

    /// <inheritdoc />
    public override string Summary => "Averages what several models change and keeps whole what one alone changes.";

    /// <inheritdoc />
    public override IReadOnlyList<MergeParameter> Parameters => [Epsilon];

    private protected override IEnumerable<double> Scales(TensorMerge merge) => merge.Models.Select(_ => 1.0);
}
