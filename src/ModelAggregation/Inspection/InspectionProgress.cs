namespace ModelAggregation.Inspection;

/// <summary>How far an inspection or a comparison is.</summary>
/// <param name="Tensor">The tensor being read, or the last one.</param>
/// <param name="TensorsDone">The number of tensors done.</param>
/// <param name="TensorCount">The number of tensors.</param>
/// <param name="BytesRead">The bytes read.</param>
/// <param name="BytesToRead">The bytes to read in all.</param>
public readonly record struct InspectionProgress(string Tensor, int TensorsDone, int TensorCount, long BytesRead, long BytesToRead);
