using DataShapley.Estimators;
using DataShapley.Estimators.Truncations;

namespace DataShapley.Refinement;

/// <summary>What <see cref="SeedRunImporter"/> looks for, and what it makes of it.</summary>
public sealed record SeedRunOptions
{
    /// <summary>Gets the number of clusters, which the names of the files have.</summary>
    /// <value>1 or more; 3,000 by default, as in the code.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int Clusters
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 3000;

    /// <summary>Gets the estimator: the size of the groups that were removed, and how their contributions become values.</summary>
    /// <value>Mean shares of groups of a fiftieth of the clusters by default, as in the paper. Its <see cref="GroupRemovalEstimator.Iterations"/> do not count: all that are whole are used.</value>
    /// <exception cref="ArgumentException">It has fixed groups, lets groups join, or truncates: the code does none of these.</exception>
    public GroupRemovalEstimator Estimator
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value.Groups is null && value.Direction == GroupDirection.Removal && value.Truncation == TruncationPolicy.None
                ? value
                : throw new ArgumentException("The runs are of groups that are drawn anew, leave, and leave to the end: set no groups, no other direction and no truncation.", nameof(value));
        }
    } = new();
}
