using DataShapley.Statistics;

namespace DataShapley.Results;

/// <summary>How far two valuations of the same players agree.</summary>
/// <param name="Players">How many players have a value in both.</param>
/// <param name="Pearson">Pearson's correlation of the values.</param>
/// <param name="Spearman">Spearman's correlation of the ranks.</param>
/// <param name="Kendall">Kendall's τ-b.</param>
/// <param name="SelectionSize">k of the overlaps.</param>
/// <param name="TopOverlap">The share of the k highest of one that are among the k highest of the other, in [0, 1]; ties by index.</param>
/// <param name="BottomOverlap">The share of the k lowest of one that are among the k lowest of the other.</param>
/// <remarks>A correlation is NaN where all values of one valuation are equal: there is no order to agree with.</remarks>
public sealed record ValuationComparison(int Players, double Pearson, double Spearman, double Kendall, int SelectionSize, double TopOverlap, double BottomOverlap)
{
    /// <summary>Compares two results.</summary>
    /// <param name="first">A result.</param>
    /// <param name="second">Another of as many players.</param>
    /// <param name="selectionSize">k of the overlaps, from 1 to the number of players with a value in both; a tenth of them by default, at least 1.</param>
    /// <exception cref="ArgumentException">They are of different numbers of players, or no player has a value in both.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is not in its range.</exception>
    public static ValuationComparison Of(ValuationResult first, ValuationResult second, int? selectionSize = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Of([.. first.Values], [.. second.Values], selectionSize);
    }

    /// <summary>Compares two lists of values.</summary>
    /// <param name="first">Values; NaN for players without one.</param>
    /// <param name="second">As many values.</param>
    /// <param name="selectionSize">k of the overlaps, from 1 to the number of players with a value in both; a tenth of them by default, at least 1.</param>
    /// <exception cref="ArgumentException">They are of different numbers of players, or no player has a value in both.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is not in its range.</exception>
    public static ValuationComparison Of(ReadOnlySpan<double> first, ReadOnlySpan<double> second, int? selectionSize = null)
    {
        if (first.Length != second.Length)
        {
            throw new ArgumentException($"The first valuation is of {first.Length} players, the second of {second.Length}: compare valuations of the same players.", nameof(second));
        }

        double[] a = first.ToArray();
        double[] b = second.ToArray();
        int[] known = [.. Enumerable.Range(0, a.Length).Where(i => !double.IsNaN(a[i]) && !double.IsNaN(b[i]))];
        if (known.Length == 0)
        {
            throw new ArgumentException("No player has a value in both valuations.", nameof(second));
        }

        int size = selectionSize ?? Math.Max(1, known.Length / 10);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(selectionSize));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, known.Length, nameof(selectionSize));
        int[] firstOrder = [.. known.OrderByDescending(i => a[i])];
        int[] secondOrder = [.. known.OrderByDescending(i => b[i])];
        return new ValuationComparison(
            known.Length,
            RankCorrelation.Pearson(a, b),
            RankCorrelation.Spearman(a, b),
            RankCorrelation.Kendall(a, b),
            size,
            (double)firstOrder[..size].Intersect(secondOrder[..size]).Count() / size,
            (double)firstOrder[^size..].Intersect(secondOrder[^size..]).Count() / size);
    }
}
