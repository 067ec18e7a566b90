namespace LoraFederation.Combining;

/// <summary>What became of a module that was resized.</summary>
/// <param name="Path">The module's path in the model.</param>
/// <param name="OldRank">The rank it had.</param>
/// <param name="Rank">The rank it has.</param>
/// <param name="Error">The Frobenius norm of what was cut of its scaled product, before the factors are rounded to their type.</param>
/// <param name="RelativeError">The same over the norm of the product; 0 where that is zero.</param>
public sealed record ResizedModule(string Path, int OldRank, int Rank, double Error, double RelativeError);
