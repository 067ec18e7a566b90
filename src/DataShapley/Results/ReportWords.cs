using System.Globalization;

namespace DataShapley.Results;

/// <summary>What a report says of errors, and no more than is known.</summary>
internal static class ReportWords
{
    public static string Of(ValuationStatus status) => status switch
    {
        ValuationStatus.Completed => "The plan of the estimator is done.",
        ValuationStatus.Converged => "The condition of the stopping rule came about. It is no proof that the errors are small.",
        _ => "The budget, or a limit of the stopping rule, was used up. Values may still change much with more draws.",
    };

    public static string Of(CurveOrder order) => order switch
    {
        CurveOrder.HighestFirst => "highest first",
        CurveOrder.LowestFirst => "lowest first",
        _ => "random",
    };

    public static IEnumerable<string> OnErrors(ValuationResult result, ValueIntervals intervals, double level)
    {
        int players = result.Values.Count;
        int[] valued = [.. Enumerable.Range(0, players).Where(i => double.IsFinite(result.Values[i]))];
        int[] withInterval = [.. valued.Where(i => double.IsFinite(intervals.Low[i]))];
        if (valued.Length < players)
        {
            yield return Invariant($"{players - valued.Length} of {players} players have no value.");
        }

        if (valued.Length > 0 && valued.All(i => result.StandardErrors[i] == 0))
        {
            yield return "The estimator gives the values without an error: they are exact for this utility, up to rounding.";
        }
        else
        {
            foreach (string sentence in OnIntervals(intervals, level, valued.Length, withInterval))
            {
                yield return sentence;
            }
        }

        if (result.EvaluationCounts.Failed > 0)
        {
            yield return Invariant($"{result.EvaluationCounts.Failed} evaluations failed. Where they were left out or replaced, the values are off by an amount that no interval covers.");
        }

        yield return "Values are relative to the utility, its test data and the other players: they tell nothing of another model, another task, or the data without these others.";
    }

    private static IEnumerable<string> OnIntervals(ValueIntervals intervals, double level, int valued, int[] withInterval)
    {
        if (withInterval.Length < valued)
        {
            yield return Invariant($"{valued - withInterval.Length} of {valued} values have no interval: the estimator gives them no error, or too few samples stand behind them.");
        }

        if (withInterval.Length > 0)
        {
            int unsigned = withInterval.Count(i => intervals.Low[i] <= 0 && intervals.High[i] >= 0);
            yield return Invariant(
                $"Intervals are of Student's t at level {level}, each for its player by itself, for the error of sampling. If their assumptions hold, about {withInterval.Length * (1 - level):0.#} of {withInterval.Length} miss.");
            yield return Invariant($"For {unsigned} of {withInterval.Length} players the interval holds 0: whether they help or harm is not known.");
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
