namespace ModelAggregation.Extraction;

/// <summary>How far an extraction is.</summary>
/// <param name="Tensor">The tensor that is looked at.</param>
/// <param name="TensorsDone">The number of tensors that are done.</param>
/// <param name="TensorCount">The number of all tensors.</param>
public sealed record LoraExtractionProgress(string Tensor, int TensorsDone, int TensorCount);
