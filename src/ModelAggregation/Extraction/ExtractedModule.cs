namespace ModelAggregation.Extraction;

/// <summary>What became of one module.</summary>
/// <param name="Path">The module's path.</param>
/// <param name="Rank">The rank of its factors; 0 when every singular value was left out, and the adapter lacks the module.</param>
/// <param name="Norm">The Frobenius norm of the change, fine-tuned minus base.</param>
/// <param name="RelativeError">
/// An estimate of the norm of what the factors lack of the change, over <paramref name="Norm"/>: from the norm and the singular values that are kept, before the
/// factors are rounded to their type. Differences below some 1e-7 are rounding.
/// </param>
public sealed record ExtractedModule(string Path, int Rank, double Norm, double RelativeError);
