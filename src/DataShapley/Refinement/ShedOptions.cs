using DataShapley.Clustering;
using DataShapley.Estimators;

namespace DataShapley.Refinement;

/// <summary>How <see cref="ShedPipeline"/> refines a data set.</summary>
public sealed record ShedOptions
{
    /// <summary>Gets what makes the texts that are embedded.</summary>
    /// <value>The instruction and the input by default.</value>
    public RecordTemplate Template { get; init; } = RecordTemplate.Default;

    /// <summary>Gets how many texts are embedded at once.</summary>
    /// <value>1 or more; 32 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int BatchSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 32;

    /// <summary>Gets how records are clustered.</summary>
    /// <value>3,000 clusters by default, as in the paper.</value>
    public KMeansOptions Clustering { get; init; } = new();

    /// <summary>Gets how the proxies are valued.</summary>
    /// <value>By groups that leave, each step's mean subtracted, by default: on games that saturate it ranks far better than the paper's plain shares, for the same evaluations.</value>
    public ValuationRecipe Valuation { get; init; } = new(new GroupRemovalEstimator { Centre = true });

    /// <summary>Gets what chooses the records.</summary>
    /// <value><see cref="QualityOrderedSampler"/> by default.</value>
    public Sampler Sampler { get; init; } = new QualityOrderedSampler();

    /// <summary>Gets in which order the records of a cluster are taken.</summary>
    /// <value><see cref="MemberOrder.NearestFirst"/> by default.</value>
    public MemberOrder Order { get; init; }

    /// <summary>Gets how many records are chosen.</summary>
    /// <value>Not negative; null by default: a tenth of them, rounded up.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int? Count
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0);
            field = value;
        }
    }

    /// <summary>Gets the seed of the sampler.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }
}
