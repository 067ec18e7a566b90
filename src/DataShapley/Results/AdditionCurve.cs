using DataShapley.Games;

namespace DataShapley.Results;

/// <summary>Curves of point addition: good values make the utility rise fast where the highest come first.</summary>
public static class AdditionCurve
{
    /// <summary>Adds points in the order of their values, beginning with none, and evaluates them.</summary>
    /// <param name="utility">The utility; another than the one that was valued shows whether values transfer.</param>
    /// <param name="values">A value for each player.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the evaluations.</param>
    /// <returns>The curve, from nobody where the value of the empty coalition is given, else from the first step.</returns>
    /// <exception cref="ArgumentException">There are more or fewer values than players.</exception>
    /// <exception cref="UtilityException">An evaluation failed, and the policy is to throw.</exception>
    public static Task<UtilityCurve> ComputeAsync(
        IUtility utility, IReadOnlyList<double> values, CurveOptions? options = null, CancellationToken cancellationToken = default) =>
        UtilityCurve.ComputeAsync(utility, values, isRemoval: false, options ?? new CurveOptions(), cancellationToken);
}
