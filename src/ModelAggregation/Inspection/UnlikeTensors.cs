using ModelTensors;

namespace ModelAggregation.Inspection;

/// <summary>Two tensors of one name that cannot be compared: of other shapes, or floats in one checkpoint and integers in the other.</summary>
/// <param name="First">The tensor in the first checkpoint.</param>
/// <param name="Second">The tensor in the second.</param>
public sealed record UnlikeTensors(TensorInfo First, TensorInfo Second);
