namespace ModelAggregation.Glue;

/// <summary>The built-in tasks of a pipeline's evaluation.</summary>
public enum GlueTaskKind
{
    /// <summary>Greedy continuations that are the answer (<c>exact_match</c>); see <see cref="Evaluation.Tasks.ExactMatchTask"/>.</summary>
    ExactMatch,

    /// <summary>The likeliest of several choices (<c>multiple_choice</c>); see <see cref="Evaluation.Tasks.MultipleChoiceTask"/>.</summary>
    MultipleChoice,

    /// <summary>The negative log-likelihood of right answers (<c>answer_loss</c>); see <see cref="Evaluation.Tasks.AnswerLossTask"/>.</summary>
    AnswerLoss,

    /// <summary>How much texts surprise (<c>perplexity</c>); see <see cref="Evaluation.Tasks.PerplexityTask"/>.</summary>
    Perplexity,
}
