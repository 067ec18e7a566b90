using ModelTensors;

namespace ModelRuntime.Decoders;

/// <summary>A tensor that a configuration asks for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Packed">Where newer files have it, if they have it elsewhere.</param>
internal readonly record struct WeightShape(string Name, TensorShape Shape, PackedPlace? Packed = null);
