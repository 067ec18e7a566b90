namespace ModelTensors.Kernels;

/// <summary>How an election goes.</summary>
/// <param name="ByHead">Whether each vote counts as plus or minus one, whatever its size.</param>
/// <param name="Normalize">Whether what agrees is divided by its divisors.</param>
/// <param name="SmallestDivisor">Divisors up to this in magnitude are replaced.</param>
/// <param name="Substitute">What replaces them.</param>
/// <param name="Lambda">The factor of the result.</param>
internal readonly record struct ElectionRule(bool ByHead, bool Normalize, float SmallestDivisor, float Substitute, float Lambda);
