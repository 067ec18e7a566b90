namespace LoraFederation.Rounds;

/// <summary>One module of an adapter that holds what all rounds added, as a manifest says it.</summary>
/// <param name="Path">The module's path in the model.</param>
/// <param name="Rank">Its rank; 0 where nothing was added.</param>
/// <param name="Norm">The Frobenius norm of its product before this round's cut.</param>
/// <param name="TruncationError">The root of the squares of what each round cut.</param>
/// <param name="TruncationErrorBound">The sum of what each round cut: the distance from what all rounds added is never more, but for rounding.</param>
public sealed record CumulativeModule(string Path, int Rank, double Norm, double TruncationError, double TruncationErrorBound);
