namespace ModelAggregation.Evaluation;

/// <summary>Checks the tasks of an evaluator.</summary>
internal static class TaskList
{
    /// <summary>Returns the tasks as they are.</summary>
    /// <exception cref="ArgumentException">There are none, or two of one name.</exception>
    public static IReadOnlyList<TaskInfo> Check(IReadOnlyList<TaskInfo> tasks)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tasks.Count);
        return tasks.GroupBy(task => task.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any()) is { } twice
            ? throw new ArgumentException($"Two tasks are named '{twice.Key}': scores are told by their names.", nameof(tasks))
            : tasks;
    }
}
