namespace ModelAggregation.Evaluation;

/// <summary>Why a model could not be evaluated.</summary>
public enum EvaluationError
{
    /// <summary>The model could not be opened, or what evaluates it failed; the inner exception says how.</summary>
    Failed,

    /// <summary>The evaluation took longer than it may.</summary>
    TimedOut,

    /// <summary>A score or log-probability is NaN or infinite.</summary>
    NotFinite,

    /// <summary>A score lies outside the range of its task.</summary>
    OutOfRange,

    /// <summary>What evaluates did not answer for a task or metric that was asked for.</summary>
    ScoreMissing,

    /// <summary>The answer of a process or an endpoint cannot be read.</summary>
    AnswerInvalid,

    /// <summary>The model or endpoint cannot do what the task needs, such as log-probabilities of a prompt.</summary>
    Unsupported,
}
