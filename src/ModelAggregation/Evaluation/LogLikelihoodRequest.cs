namespace ModelAggregation.Evaluation;

/// <summary>A question for the log-probability of a continuation.</summary>
/// <param name="Context">The text before; may be empty.</param>
/// <param name="Continuation">The text whose log-probability is asked for.</param>
public sealed record LogLikelihoodRequest(string Context, string Continuation)
{
    /// <summary>Gets whether the text ends after the continuation: then the model's end token counts as its last.</summary>
    /// <value>False by default, as in lm-evaluation-harness.</value>
    public bool Ends { get; init; }
}
