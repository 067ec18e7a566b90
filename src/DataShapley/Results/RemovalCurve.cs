using DataShapley.Games;

namespace DataShapley.Results;

/// <summary>Curves of point removal: good values make the utility fall fast where the highest go first, and not fall where the lowest do.</summary>
public static class RemovalCurve
{
    /// <summary>Removes points in the order of their values and evaluates what is left.</summary>
    /// <param name="utility">The utility; another than the one that was valued shows whether values transfer.</param>
    /// <param name="values">A value for each player.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the evaluations.</param>
    /// <returns>The curve, from nothing removed.</returns>
    /// <exception cref="ArgumentException">There are more or fewer values than players.</exception>
    /// <exception cref="UtilityException">An evaluation failed, and the policy is to throw.</exception>
    public static Task<UtilityCurve> ComputeAsync(
        IUtility utility, IReadOnlyList<double> values, CurveOptions? options = null, CancellationToken cancellationToken = default) =>
        UtilityCurve.ComputeAsync(utility, values, isRemoval: true, options ?? new CurveOptions(), cancellationToken);
}
