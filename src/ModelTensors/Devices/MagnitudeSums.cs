namespace ModelTensors.Devices;

/// <summary>Sums of magnitudes: the L1 norms of a task vector before and after it is made sparse.</summary>
/// <param name="All">The sum over all elements.</param>
/// <param name="Kept">The sum over the elements that the sparsifier keeps.</param>
public readonly record struct MagnitudeSums(double All, double Kept);
