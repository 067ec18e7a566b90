using DataShapley.Statistics;

namespace DataShapley.Results;

/// <summary>How far the rankings of repeated runs, each with a seed of its own, agree.</summary>
/// <param name="Runs">The number of runs.</param>
/// <param name="Mean">The mean Spearman correlation of all pairs of runs. It is no interval: pairs share runs.</param>
/// <param name="Lowest">The lowest of them.</param>
public sealed record SeedStability(int Runs, double Mean, double Lowest)
{
    /// <summary>Compares every pair of runs.</summary>
    /// <param name="runs">Two lists of values or more, of the same players; a player without a value (NaN) in a run is left out of its pairs.</param>
    /// <returns>Means over pairs; NaN where a run values all players alike.</returns>
    /// <exception cref="ArgumentException">There are fewer than two runs, or they are of different numbers of players.</exception>
    public static SeedStability Of(params IReadOnlyList<IReadOnlyList<double>> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count < 2)
        {
            throw new ArgumentException($"Stability is of two runs or more; there are {runs.Count}.", nameof(runs));
        }

        double[][] values = [.. runs.Select(run => (double[])[.. run])];
        double sum = 0;
        double lowest = double.PositiveInfinity;
        for (int i = 1; i < values.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double correlation = RankCorrelation.Spearman(values[j], values[i]);
                sum += correlation;
                lowest = Math.Min(lowest, correlation);
            }
        }

        return new SeedStability(values.Length, sum / ((long)values.Length * (values.Length - 1) / 2), lowest);
    }
}
