using ModelAggregation.Evaluation;
using ModelAggregation.Search;

namespace ModelAggregation.Glue.Execution;

/// <summary>Labels the prompts of each task with the expert that does the task best on the proxy set; of equals with the first. Tasks that all do alike tell nothing, and tasks without weight are not what is selected by: they have no label.</summary>
internal sealed class RouterLabels
{
    private readonly int[] _experts;

    private RouterLabels(IReadOnlyList<GluePrompts> prompts, int[] experts)
    {
        Prompts = prompts;
        _experts = experts;
    }

    /// <summary>Gets the prompts of all tasks.</summary>
    public IReadOnlyList<GluePrompts> Prompts { get; }

    /// <summary>Gets whether some task has a label.</summary>
    public bool Any => _experts.Any(expert => expert >= 0);

    /// <summary>Labels the tasks.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="tasks">The tasks of the scores.</param>
    /// <param name="scores">The scores of each expert.</param>
    public static RouterLabels Of(IReadOnlyList<GluePrompts> prompts, IReadOnlyList<TaskInfo> tasks, IReadOnlyList<ScoreRecord[]> scores)
    {
        int[] experts = new int[prompts.Count];
        for (int index = 0; index < experts.Length; index++)
        {
            TaskInfo? task = tasks.FirstOrDefault(task => task.Weight > 0 && string.Equals(task.Name, prompts[index].Task, StringComparison.Ordinal));
            double sign = task?.Direction is ScoreDirection.LowerIsBetter ? -1 : 1;
            double[] merits = [.. scores.Select(own => sign * own.First(score => string.Equals(score.Task, prompts[index].Task, StringComparison.Ordinal)).Value)];
            experts[index] = task is null || merits.Length == 0 || merits.Max().Equals(merits.Min()) ? -1 : Array.IndexOf(merits, merits.Max());
        }

        return new RouterLabels(prompts, experts);
    }

    /// <summary>Returns the tasks that an expert is the label of.</summary>
    public string[] TasksOf(int expert) => [.. Enumerable.Range(0, _experts.Length).Where(index => _experts[index] == expert).Select(index => Prompts[index].Task).Distinct(StringComparer.Ordinal)];

    /// <summary>Returns the prompts that an expert is the label of, each once.</summary>
    public string[] PromptsOf(int expert) => [.. Enumerable.Range(0, _experts.Length).Where(index => _experts[index] == expert).SelectMany(index => Prompts[index].Texts).Distinct(StringComparer.Ordinal)];
}
