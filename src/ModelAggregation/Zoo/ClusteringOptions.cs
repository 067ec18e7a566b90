namespace ModelAggregation.Zoo;

/// <summary>How models are put into clusters.</summary>
public sealed record ClusteringOptions
{
    /// <summary>Gets which models make a cluster.</summary>
    /// <value><see cref="ClusterLinkage.Leader"/> by default, as in Model-GLUE.</value>
    public ClusterLinkage Linkage { get; init; }

    /// <summary>Gets the similarity that has to be exceeded.</summary>
    /// <value>In [−1, 1]; 0.95 by default, as in Model-GLUE. Task vectors, what is compared when a base is subtracted, are far less alike than weights.</value>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not in its range.</exception>
    public double Threshold
    {
        get;
        init
        {
            if (!(value is >= -1 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A threshold is in [-1, 1].");
            }

            field = value;
        }
    } = 0.95;
}
