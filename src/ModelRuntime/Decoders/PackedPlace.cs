using ModelTensors;

namespace ModelRuntime.Decoders;

/// <summary>Consecutive elements of a tensor that has several of the weights.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Shape">The tensor's shape.</param>
/// <param name="Start">The first element.</param>
internal sealed record PackedPlace(string Name, TensorShape Shape, long Start);
