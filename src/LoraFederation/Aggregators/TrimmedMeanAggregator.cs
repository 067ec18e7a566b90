namespace LoraFederation.Aggregators;

/// <summary>The trimmed mean of each coordinate of B, where A is frozen and shared: the largest and the smallest numbers do not count. Approximate.</summary>
/// <remarks>
/// <para>Yin et al. 2018, "Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates" (arXiv 1803.01498), definition 2: of K numbers the
/// ⌊βK⌋ largest and smallest are dropped. Clients count the same; those that the recipe's weights leave out are left out.</para>
/// <para>Ranks: one for all. Upload and download: r·m. Server: K·r·m·log K. Refused where clients have different A: coordinates of factors mean nothing then.</para>
/// </remarks>
public sealed class TrimmedMeanAggregator : LoraAggregator
{
    /// <inheritdoc />
    public override string Name => "trimmed_mean";

    /// <summary>Gets β, the share that is dropped at either end.</summary>
    /// <value>In [0, 0.5); 0.2 by default.</value>
    public double Trim
    {
        get;
        init
        {
            if (!(value >= 0 && value < 0.5))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "The share that is dropped at either end is in [0, 0.5).");
            }

            field = value;
        }
    } = 0.2;

    /// <inheritdoc />
    public override Exactness Exactness => Exactness.Approximate;

    /// <inheritdoc />
    public override AggregatorNeeds Needs => AggregatorNeeds.SharedA;

    /// <inheritdoc />
    public override AggregatedModule Aggregate(ModuleContributions module, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(context);
        return CoordinateStatistic.Aggregate(module, Name, context, Mean);
    }

    /// <inheritdoc />
    public override RoundCost Cost(ModuleSizes sizes) => CoordinateStatistic.Cost(sizes);

    private double Mean(ReadOnlySpan<double> sorted)
    {
        int dropped = (int)Math.Floor(Trim * sorted.Length);
        double sum = 0;
        foreach (double value in sorted[dropped..^dropped])
        {
            sum += value;
        }

        return sum / (sorted.Length - (2 * dropped));
    }
}
