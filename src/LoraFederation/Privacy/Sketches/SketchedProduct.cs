using ModelTensors;

namespace LoraFederation.Privacy.Sketches;

/// <summary>A sum of updates that came back from its images.</summary>
/// <param name="B">The left factor: F32, [m, rank], orthonormal columns.</param>
/// <param name="A">The right factor: F32, [rank, n].</param>
/// <param name="RelativeError">An estimate of the distance from the true sum over its norm: about 1e-15 where the sketch was wide enough. Rounding to F32 adds 6e-8.</param>
public sealed record SketchedProduct(HostTensor B, HostTensor A, double RelativeError);
