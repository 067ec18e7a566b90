namespace ModelAggregation.Evaluation;

/// <summary>A model has no score. It is never taken for a bad one.</summary>
public sealed class EvaluationException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">Why.</param>
    /// <param name="message">What happened, with names and values, and what to do.</param>
    /// <param name="candidate">The name of the model, if known.</param>
    /// <param name="task">The name of the task, if it was in one.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public EvaluationException(EvaluationError error, string message, string? candidate = null, string? task = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
        Candidate = candidate;
        Task = task;
    }

    /// <summary>Gets why.</summary>
    public EvaluationError Error { get; }

    /// <summary>Gets the name of the model, or null where it is not known.</summary>
    public string? Candidate { get; }

    /// <summary>Gets the name of the task, or null when the evaluation failed outside of one.</summary>
    public string? Task { get; }
}
