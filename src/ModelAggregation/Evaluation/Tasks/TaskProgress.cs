namespace ModelAggregation.Evaluation.Tasks;

/// <summary>How far a task is.</summary>
/// <param name="Done">The questions that the model has answered.</param>
/// <param name="Total">All questions of the task.</param>
public readonly record struct TaskProgress(int Done, int Total);
