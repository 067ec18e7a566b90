namespace ModelRuntime.Tasks;

/// <summary>How a model answers one question.</summary>
/// <param name="Example">The question with its right answer.</param>
/// <param name="IsExact">Whether greedy decoding gives the answer and then ends.</param>
/// <param name="NegativeLogLikelihood">The negative logarithm of the probability of the answer and the end, in nats.</param>
public sealed record AnswerOutcome(TaskExample Example, bool IsExact, double NegativeLogLikelihood);
