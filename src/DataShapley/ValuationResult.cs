using DataShapley.Games;
using DataShapley.Statistics;

namespace DataShapley;

/// <summary>What each player is worth, and what is known of the error. Immutable; arrays are not to be written to.</summary>
/// <param name="Values">The value of each player.</param>
/// <param name="StandardErrors">The standard error of each value: 0 where exact, +∞ where nothing is known, NaN where the estimator has none.</param>
/// <param name="Counts">How many samples stand behind each value.</param>
public sealed record ValuationResult(IReadOnlyList<double> Values, IReadOnlyList<double> StandardErrors, IReadOnlyList<long> Counts)
{
    /// <summary>Gets the variance of one sample of each player, or NaN.</summary>
    /// <value>All NaN by default.</value>
    public IReadOnlyList<double> Variances { get; init; } = [.. Enumerable.Repeat(double.NaN, Values.Count)];

    /// <summary>Gets the degrees of freedom of the standard errors: +∞ for normal intervals, 0 where there are no intervals.</summary>
    /// <value>All 0 by default.</value>
    public IReadOnlyList<double> DegreesOfFreedom { get; init; } = new double[Values.Count];

    /// <summary>Gets the names of the players.</summary>
    /// <value>Empty by default: players are called by their index.</value>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Gets the range of one sample in widths of <see cref="Range"/>, for bounds: 2 where samples are differences of two values.</summary>
    /// <value>Null by default: not known.</value>
    public double? SampleRange { get; init; }

    /// <summary>Gets what else came out, such as the subsidy of a least core, by name.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, double> Facts { get; init; } = new SortedDictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Gets the samples of each draw, a row of players each, where the recipe kept them.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<double[]> Samples { get; init; } = [];

    /// <summary>Gets the estimator's name.</summary>
    /// <value>Empty by default.</value>
    public string Estimator { get; init; } = string.Empty;

    /// <summary>Gets the estimator's settings.</summary>
    /// <value>Empty by default.</value>
    public string Settings { get; init; } = string.Empty;

    /// <summary>Gets the utility's id.</summary>
    /// <value>Empty by default.</value>
    public string Utility { get; init; } = string.Empty;

    /// <summary>Gets the values that the utility can take, where known.</summary>
    public UtilityRange? Range { get; init; }

    /// <summary>Gets the seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>Gets why the run ended.</summary>
    public ValuationStatus Status { get; init; }

    /// <summary>Gets the number of draws that count.</summary>
    public long Draws { get; init; }

    /// <summary>Gets how many values were asked for.</summary>
    public long Evaluations { get; init; }

    /// <summary>Gets how they were come by.</summary>
    public EvaluationCounts EvaluationCounts { get; init; }

    /// <summary>Gets how long the run took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Orders the players by value, the highest first; ties by index. Players without a value (NaN) come last.</summary>
    public int[] Ranking() => [.. Enumerable.Range(0, Values.Count).OrderByDescending(i => double.IsNaN(Values[i]) ? double.NegativeInfinity : Values[i]).ThenBy(i => double.IsNaN(Values[i])).ThenBy(i => i)];

    /// <summary>Computes an interval for each player.</summary>
    /// <param name="level">The probability with which each holds, in (0, 1); or with which all hold, where the method says so.</param>
    /// <param name="method">The method; <see cref="IntervalMethod.StudentT"/> by default.</param>
    /// <returns>One for each player: the value alone where it is exact, everything where nothing is known.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The level lies outside (0, 1).</exception>
    /// <exception cref="ValuationException">The result lacks what the method needs: standard errors, samples or a range.</exception>
    public IReadOnlyList<Interval> Intervals(double level = 0.95, IntervalMethod? method = null) => (method ?? IntervalMethod.StudentT).Compute(this, level);

    /// <summary>Gets the name of a player: its index where names were not given.</summary>
    /// <param name="player">The player.</param>
    public string NameOf(int player) => Names.Count > 0 ? Names[player] : player.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
