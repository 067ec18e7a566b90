using ModelAggregation.Evaluation.Tasks;

namespace ModelAggregation.Evaluation;

/// <summary>Evaluates by putting tasks to a language model: opened once for a candidate, then asked task by task.</summary>
public sealed class LanguageModelEvaluator : IModelEvaluator
{
    private readonly LanguageModelTask[] _tasks;
    private readonly ILanguageModelFactory _models;
    private readonly IProgress<EvaluationProgress>? _progress;

    /// <summary>Creates the evaluator.</summary>
    /// <param name="models">What opens candidates.</param>
    /// <param name="tasks">The tasks; at least one, each of another name.</param>
    /// <param name="progress">Is told after each batch of questions, from whatever thread evaluates.</param>
    /// <exception cref="ArgumentException">There are no tasks, or two of one name.</exception>
    public LanguageModelEvaluator(ILanguageModelFactory models, IReadOnlyList<LanguageModelTask> tasks, IProgress<EvaluationProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(tasks);
        Tasks = TaskList.Check([.. tasks.Select(task => task.Info)]);
        _models = models;
        _tasks = [.. tasks];
        _progress = progress;
        using Fingerprint fingerprint = new();
        Id = fingerprint.Add(models.Id).Add([.. tasks.Select(task => task.Id)]).Finish("model");
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public IReadOnlyList<TaskInfo> Tasks { get; }

    /// <inheritdoc />
    public async ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        string? task = null;
        try
        {
            ILanguageModel model = await _models.OpenAsync(candidate, cancellationToken).ConfigureAwait(false);
            await using (model.ConfigureAwait(false))
            {
                TaskScore[] scores = new TaskScore[_tasks.Length];
                for (int i = 0; i < scores.Length; i++)
                {
                    task = _tasks[i].Info.Name;
                    _progress?.Report(new EvaluationProgress(candidate.Name, task, i, scores.Length, 0, 0));
                    scores[i] = await _tasks[i].ScoreAsync(model, Forward(candidate.Name, task, i), cancellationToken).ConfigureAwait(false);
                }

                return new EvaluationResult(candidate.Name, scores);
            }
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            string where = task is null ? $"'{candidate.Name}' cannot be opened" : $"'{candidate.Name}' has no score of task '{task}'";
            EvaluationError error = (e as EvaluationException)?.Error ?? EvaluationError.Failed;
            throw new EvaluationException(error, $"{where}: {e.Message}", candidate.Name, task, e);
        }
    }

    private RelayedProgress? Forward(string candidate, string task, int done) =>
        _progress is null ? null : new RelayedProgress(value => _progress.Report(new EvaluationProgress(candidate, task, done, _tasks.Length, value.Done, value.Total)));

    private sealed class RelayedProgress(Action<TaskProgress> report) : IProgress<TaskProgress>
    {
        public void Report(TaskProgress value) => report(value);
    }
}
