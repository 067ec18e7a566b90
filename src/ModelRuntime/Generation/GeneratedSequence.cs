namespace ModelRuntime.Generation;

/// <summary>What a model went on with after a prompt.</summary>
/// <param name="Tokens">The tokens, with the one that ended them.</param>
/// <param name="IsFinished">Whether the sequence came to its end, and not to the limit of tokens.</param>
/// <param name="LogLikelihood">The sum of the tokens' log-probabilities under the model itself, temperature and nucleus aside, in nats.</param>
public sealed record GeneratedSequence(IReadOnlyList<int> Tokens, bool IsFinished, double LogLikelihood);
