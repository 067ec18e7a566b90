namespace ModelAggregation.Evaluation;

/// <summary>The scores of a model on the tasks of an evaluator. Immutable.</summary>
public sealed class EvaluationResult
{
    /// <summary>Creates a result.</summary>
    /// <param name="candidate">The name of the model.</param>
    /// <param name="scores">The scores; at least one, each of another task.</param>
    /// <exception cref="ArgumentException">There are no scores, or two of one task.</exception>
    public EvaluationResult(string candidate, IReadOnlyList<TaskScore> scores)
    {
        ArgumentException.ThrowIfNullOrEmpty(candidate);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentOutOfRangeException.ThrowIfZero(scores.Count);
        if (scores.GroupBy(score => score.Task.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any()) is { } twice)
        {
            throw new ArgumentException($"There are two scores of task '{twice.Key}'.", nameof(scores));
        }

        Candidate = candidate;
        Scores = [.. scores];
    }

    /// <summary>Gets the name of the model.</summary>
    public string Candidate { get; }

    /// <summary>Gets the scores, in the order of the evaluator's tasks.</summary>
    public IReadOnlyList<TaskScore> Scores { get; }

    /// <summary>Gets the weighted mean Σ w·m / Σ w over the tasks, of which higher is better. m is the score; of a task in which lower is better it is minus the score. NaN when all weights are 0.</summary>
    /// <remarks>
    /// <para>Of accuracies alone this is Model-GLUE's objective, their arithmetic mean. It is made to compare models on the same tasks; a mean of accuracies and losses has no unit, and the weights
    /// say what a unit of each is worth.</para>
    /// </remarks>
    public double Merit => Mean(score => score.Merit);

    /// <summary>Gets the standard error of <see cref="Merit"/> over draws of the tasks' examples, √Σ(w·s)² / Σ w; null when a task with weight has none.</summary>
    public double? MeritStandardError
    {
        get
        {
            if (Scores.Any(score => score.Task.Weight > 0 && score.StandardError is null))
            {
                return null;
            }

            double squares = Scores.Where(score => score.Task.Weight > 0).Sum(score => Math.Pow(score.Task.Weight * score.StandardError!.Value, 2));
            return Math.Sqrt(squares) / Scores.Sum(score => score.Task.Weight);
        }
    }

    /// <summary>Finds the score of a task.</summary>
    /// <param name="task">The name of the task.</param>
    /// <exception cref="KeyNotFoundException">The result has no such task; the message lists those that it has.</exception>
    public TaskScore this[string task] => Scores.FirstOrDefault(score => string.Equals(score.Task.Name, task, StringComparison.Ordinal))
        ?? throw new KeyNotFoundException($"'{Candidate}' has no score of task '{task}'; there are {string.Join(", ", Scores.Select(score => $"'{score.Task.Name}'"))}.");

    private double Mean(Func<TaskScore, double> value) => Scores.Where(score => score.Task.Weight > 0).Sum(score => score.Task.Weight * value(score)) / Scores.Sum(score => score.Task.Weight);
}
