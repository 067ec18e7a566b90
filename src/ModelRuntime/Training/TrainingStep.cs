namespace ModelRuntime.Training;

/// <summary>What happened in one step of a training.</summary>
/// <param name="Loss">The mean negative log-likelihood of all tokens learnt in the step, in nats, before its update.</param>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="GradientNorm">The Euclidean norm of all gradients, before clipping.</param>
/// <param name="Tokens">The number of tokens read.</param>
/// <param name="Labels">The number of tokens learnt.</param>
public sealed record TrainingStep(double Loss, double LearningRate, double GradientNorm, int Tokens, int Labels);
