namespace DataShapley.Games;

/// <summary>One value that an estimator asks for.</summary>
/// <param name="Coalition">Who takes part.</param>
/// <param name="Repeat">Which repetition of this coalition, from 0: for the mean of noisy utilities.</param>
/// <param name="Seed">The seed for whatever is random in the evaluation. For a deterministic utility it is a function of the coalition, so that a model trained with it is one as well.</param>
public readonly record struct UtilityRequest(Coalition Coalition, int Repeat, ulong Seed);
