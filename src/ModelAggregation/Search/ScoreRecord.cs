using ModelAggregation.Evaluation;

namespace ModelAggregation.Search;

/// <summary>A score in the journal.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Value">The score.</param>
/// <param name="Count">The number of examples.</param>
/// <param name="StandardError">The standard error, or null.</param>
/// <param name="Examples">What the examples are told by; null when the task says so itself.</param>
/// <param name="Outcomes">What each example adds.</param>
internal sealed record ScoreRecord(string Task, double Value, long Count, double? StandardError, string[]? Examples, double[] Outcomes)
{
    public static ScoreRecord Of(TaskScore score)
    {
        string[] examples = [.. score.Outcomes.Select(outcome => outcome.Example)];
        return new ScoreRecord(
            score.Task.Name,
            score.Value,
            score.Count,
            score.StandardError,
            examples.SequenceEqual(score.Task.Examples, StringComparer.Ordinal) ? null : examples,
            [.. score.Outcomes.Select(outcome => outcome.Value)]);
    }

    /// <summary>Returns the score, or null when it does not fit the task.</summary>
    public TaskScore? ToScore(TaskInfo task)
    {
        IReadOnlyList<string> examples = Examples ?? task.Examples;
        bool fits = string.Equals(Task, task.Name, StringComparison.Ordinal) && examples.Count >= Outcomes.Length && (Outcomes.Length == 0 || Outcomes.Length == Count)
            && task.Range.Contains(Value) && Count >= 0 && StandardError is null or (>= 0 and < double.PositiveInfinity) && Outcomes.All(double.IsFinite);
        return fits ? new TaskScore(task, Value, Count, StandardError, [.. Outcomes.Select((value, index) => new ExampleOutcome(examples[index], value))]) : null;
    }
}
