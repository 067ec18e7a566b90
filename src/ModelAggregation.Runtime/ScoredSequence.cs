namespace ModelAggregation.Runtime;

/// <summary>A sequence whose last tokens are scored.</summary>
/// <param name="Tokens">The tokens; the model is fed all but the last.</param>
/// <param name="ScoredCount">How many of the last ones are scored.</param>
internal readonly record struct ScoredSequence(ReadOnlyMemory<int> Tokens, int ScoredCount)
{
    public ReadOnlyMemory<int> Input => Tokens[..^1];

    /// <summary>Gets how many of the first tokens decide the way through a mixture that routes sequences: by default those before the scored ones. At least one.</summary>
    public int PromptCount { get => field > 0 ? field : Tokens.Length - ScoredCount; init; }
}
