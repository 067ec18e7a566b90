using ModelTensors;

namespace ModelAggregation.Mixture.Execution;

/// <summary>A tensor of an output with its elements, which have the output's type.</summary>
internal sealed record OutputTensor(TensorInfo Info, TensorSource Source);
