namespace ShedRefine;

/// <summary>How a model does after it learnt the records that were kept.</summary>
/// <param name="Method">The way to choose.</param>
/// <param name="Kept">The share of records that were kept.</param>
/// <param name="Model">The model that learnt them.</param>
/// <param name="Seed">The seed of data, choice and training.</param>
/// <param name="ExactMatch">The share of test questions answered exactly, as a mean over tasks.</param>
/// <param name="NegativeLogLikelihood">The mean over tasks and test questions of the answer's negative log-likelihood, in nats.</param>
/// <param name="Useful">The share of the kept records that are useful.</param>
/// <param name="Poisoned">The share of the kept records that are poisoned.</param>
internal sealed record Outcome(string Method, double Kept, string Model, int Seed, double ExactMatch, double NegativeLogLikelihood, double Useful, double Poisoned);
