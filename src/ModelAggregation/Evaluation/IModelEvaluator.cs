namespace ModelAggregation.Evaluation;

/// <summary>Scores models on tasks: what selects, merges and reports asks. Safe to call from several threads unless an evaluator says otherwise.</summary>
public interface IModelEvaluator
{
    /// <summary>Gets what tells this evaluator, its tasks, their data and its settings from others: scores are cached under it and the model.</summary>
    string Id { get; }

    /// <summary>Gets the tasks, each of another name, in the order of the scores.</summary>
    IReadOnlyList<TaskInfo> Tasks { get; }

    /// <summary>Scores a model on all tasks.</summary>
    /// <param name="candidate">The model.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <returns>A score for each task, in their order.</returns>
    /// <exception cref="EvaluationException">There is a task without a score: a failed evaluation gives no result at all.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default);
}
