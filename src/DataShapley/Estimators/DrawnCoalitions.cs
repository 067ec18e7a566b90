using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>What a draw of whole coalitions gives.</summary>
/// <param name="Coalitions">The coalitions.</param>
/// <param name="Values">Their values; NaN where one was left out.</param>
public sealed record DrawnCoalitions(IReadOnlyList<Coalition> Coalitions, IReadOnlyList<double> Values)
{
    /// <summary>Gets the value of nobody, where the estimator needs it.</summary>
    /// <value>NaN by default.</value>
    public double Empty { get; init; } = double.NaN;

    /// <summary>Gets the value of everybody, where the estimator needs it.</summary>
    /// <value>NaN by default.</value>
    public double Full { get; init; } = double.NaN;

    /// <summary>Evaluates coalitions, with nobody and everybody where asked for.</summary>
    internal static async Task<DrawnCoalitions> EvaluateAsync(Draw draw, IReadOnlyList<Coalition> coalitions, Ends? ends, CancellationToken cancellationToken)
    {
        (double empty, double full) = ends is null ? (double.NaN, double.NaN) : await ends.AtAsync(draw, cancellationToken).ConfigureAwait(false);
        double[] values = coalitions.Count == 1
            ? [await draw.EvaluateAsync(coalitions[0], cancellationToken).ConfigureAwait(false)]
            : await draw.EvaluateAsync(coalitions, cancellationToken).ConfigureAwait(false);
        return new DrawnCoalitions(coalitions, values) { Empty = empty, Full = full };
    }
}
