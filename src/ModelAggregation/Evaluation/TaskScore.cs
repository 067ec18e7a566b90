namespace ModelAggregation.Evaluation;

/// <summary>The score of a model on a task. It is a number within the task's range: an evaluation that gives none is an <see cref="EvaluationException"/>. Immutable.</summary>
public sealed class TaskScore
{
    /// <summary>Creates a score.</summary>
    /// <param name="task">The task.</param>
    /// <param name="value">The score.</param>
    /// <param name="count">The number of examples, 0 where it is not known.</param>
    /// <param name="standardError">The standard error, not negative; null where it is not known.</param>
    /// <param name="outcomes">What each example adds, in order; empty when null: not known.</param>
    /// <exception cref="EvaluationException">The score, its standard error or an outcome is NaN or infinite (<see cref="EvaluationError.NotFinite"/>), or outside the task's range (<see cref="EvaluationError.OutOfRange"/>).</exception>
    /// <exception cref="ArgumentException">There are outcomes, but not as many as examples; or the standard error is negative.</exception>
    public TaskScore(TaskInfo task, double value, long count = 0, double? standardError = null, IReadOnlyList<ExampleOutcome>? outcomes = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (!double.IsFinite(value))
        {
            throw new EvaluationException(EvaluationError.NotFinite, $"Task '{task.Name}': the {task.Metric} is {value}; a score is a finite number.", task: task.Name);
        }

        if (!task.Range.Contains(value))
        {
            throw new EvaluationException(
                EvaluationError.OutOfRange, $"Task '{task.Name}': the {task.Metric} is {value:R}; it lies in [{task.Range.Lowest:R}, {task.Range.Highest:R}].", task: task.Name);
        }

        if (standardError is { } error)
        {
            if (!double.IsFinite(error))
            {
                throw new EvaluationException(EvaluationError.NotFinite, $"Task '{task.Name}': the standard error of the {task.Metric} is {error}; one that is known is a finite number.", task: task.Name);
            }

            ArgumentOutOfRangeException.ThrowIfNegative(error, nameof(standardError));
        }

        Outcomes = outcomes ?? [];
        if (Outcomes.Count > 0 && Outcomes.Count != count)
        {
            throw new ArgumentException($"There are {Outcomes.Count} outcomes of {count} examples.", nameof(outcomes));
        }

        if (Outcomes.FirstOrDefault(outcome => !double.IsFinite(outcome.Value)) is { Example: not null } odd)
        {
            throw new EvaluationException(EvaluationError.NotFinite, $"Task '{task.Name}': the outcome of example '{odd.Example}' is {odd.Value}; it is a finite number.", task: task.Name);
        }

        Task = task;
        Value = value;
        Count = count;
        StandardError = standardError;
    }

    /// <summary>Gets the task.</summary>
    public TaskInfo Task { get; }

    /// <summary>Gets the score.</summary>
    public double Value { get; }

    /// <summary>Gets the score where higher is better: <see cref="Value"/>, or −<see cref="Value"/> of a task in which lower is better.</summary>
    public double Merit => Task.Direction == ScoreDirection.HigherIsBetter ? Value : -Value;

    /// <summary>Gets the number of examples; 0 where it is not known.</summary>
    public long Count { get; }

    /// <summary>Gets the standard error of the score over draws of examples, or null where it is not known.</summary>
    public double? StandardError { get; }

    /// <summary>Gets what each example adds, in order; empty where it is not known. Their mean is the score, and the sample standard deviation over the root of their number its standard error.</summary>
    public IReadOnlyList<ExampleOutcome> Outcomes { get; }

    /// <summary>Creates the score that is the mean of outcomes, with the standard error of a sample mean: s/√n, with n − 1 in s. For outcomes of 0 and 1 that is √(p(1 − p)/(n − 1)), as of lm-evaluation-harness.</summary>
    /// <param name="task">The task.</param>
    /// <param name="outcomes">The outcomes; at least one.</param>
    /// <exception cref="EvaluationException">An outcome is NaN or infinite, the outcomes are too large for a standard error, or the mean is outside the task's range.</exception>
    /// <exception cref="ArgumentException">There is no outcome.</exception>
    public static TaskScore OfMean(TaskInfo task, IReadOnlyList<ExampleOutcome> outcomes)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(outcomes);
        ArgumentOutOfRangeException.ThrowIfZero(outcomes.Count);
        (double mean, double? error) = SampleMean.Of([.. outcomes.Select(outcome => outcome.Value)]);
        return new TaskScore(task, mean, outcomes.Count, double.IsFinite(mean) ? error : null, outcomes);
    }
}
