namespace ModelRuntime.Training;

/// <summary>How badly a model predicts some tokens.</summary>
/// <param name="NegativeLogLikelihood">The sum of the negative logarithms of their probabilities, in nats.</param>
/// <param name="Labels">The number of tokens.</param>
public readonly record struct LossSum(double NegativeLogLikelihood, int Labels);
