using ModelTensors;

namespace ModelAggregation.Inspection;

/// <summary>How much of a checkpoint is of one type.</summary>
/// <param name="DataType">The type, as it is read.</param>
/// <param name="TensorCount">The number of tensors.</param>
/// <param name="ParameterCount">The number of elements.</param>
/// <param name="ByteLength">The number of bytes.</param>
public sealed record DataTypeTotal(DataType DataType, int TensorCount, long ParameterCount, long ByteLength);
