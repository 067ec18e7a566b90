namespace LoraFederation.Aggregators;

/// <summary>The median of each coordinate of B, where A is frozen and shared; of an even number of clients the mean of the middle two. Approximate.</summary>
/// <remarks>
/// <para>Yin et al. 2018, "Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates" (arXiv 1803.01498), definition 1. Clients count the same;
/// those that the recipe's weights leave out are left out.</para>
/// <para>Ranks: one for all. Upload and download: r·m. Server: K·r·m·log K. Refused where clients have different A: coordinates of factors mean nothing then.</para>
/// </remarks>
public sealed class CoordinateMedianAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "coordinate_median";

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Approximate;

    /// <inheritdoc />
    public override AggregatorNeeds Needs => AggregatorNeeds.SharedA;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        return CoordinateStatistic.Aggregate(module, Name, context, Median);
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes) => CoordinateStatistic.Cost(sizes);

    private static double Median(ReadOnlySpan<double> sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
