namespace ModelAggregation.Evaluation.Http;

/// <summary>A token of a prompt as an endpoint reports it.</summary>
/// <param name="Start">Where it starts, in Unicode code points of the prompt as the endpoint saw it.</param>
/// <param name="LogProbability">Its log-probability; null for the first token, before which there is nothing.</param>
/// <param name="IsLikeliest">Whether no token was likelier.</param>
internal readonly record struct PromptToken(int Start, double? LogProbability, bool IsLikeliest);
