namespace ModelRuntime.Tasks;

/// <summary>How a model does on one task.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Count">The number of questions.</param>
/// <param name="ExactMatch">The share of them that greedy decoding answers exactly.</param>
/// <param name="NegativeLogLikelihood">The mean over them of the negative logarithm of the answer's probability, end included, in nats.</param>
public sealed record TaskScore(string Task, int Count, double ExactMatch, double NegativeLogLikelihood)
{
    /// <summary>Summarises outcomes, task by task, in the order in which tasks first occur.</summary>
    /// <param name="outcomes">The outcomes.</param>
    public static IReadOnlyList<TaskScore> Of(IReadOnlyList<AnswerOutcome> outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return
        [
            .. outcomes.GroupBy(outcome => outcome.Example.Task, StringComparer.Ordinal).Select(task => new TaskScore(
                task.Key, task.Count(), task.Average(outcome => outcome.IsExact ? 1.0 : 0.0), task.Average(outcome => outcome.NegativeLogLikelihood))),
        ];
    }
}
