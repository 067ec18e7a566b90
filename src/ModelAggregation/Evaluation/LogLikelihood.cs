namespace ModelAggregation.Evaluation;

/// <summary>How likely a text is.</summary>
/// <param name="LogProbability">The sum of the log-probabilities of its tokens, in nats; not above zero.</param>
/// <param name="TokenCount">The number of tokens that were summed.</param>
/// <param name="IsGreedy">Whether each of the tokens is the likeliest in its place.</param>
public readonly record struct LogLikelihood(double LogProbability, int TokenCount, bool IsGreedy);
