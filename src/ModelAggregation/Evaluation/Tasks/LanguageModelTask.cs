namespace ModelAggregation.Evaluation.Tasks;

/// <summary>A task that is put to language models: it asks for log-probabilities or continuations and makes a score of them. Immutable, and safe to use from several threads.</summary>
public abstract class LanguageModelTask
{
    /// <summary>Creates the task.</summary>
    /// <param name="info">What its score is of.</param>
    protected LanguageModelTask(TaskInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentException.ThrowIfNullOrEmpty(info.Name, nameof(info));
        Info = info;
    }

    /// <summary>Gets what the score is of.</summary>
    public TaskInfo Info { get; }

    /// <summary>Gets what tells the task, its examples and its settings from others.</summary>
    public abstract string Id { get; }

    /// <summary>Scores a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="progress">Is told after each batch of questions.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <exception cref="EvaluationException">The model gives no score.</exception>
    public abstract ValueTask<TaskScore> ScoreAsync(ILanguageModel model, IProgress<TaskProgress>? progress = null, CancellationToken cancellationToken = default);
}
