namespace ModelAggregation.Zoo;

/// <summary>How far a comparison of models is.</summary>
/// <param name="Tensor">The tensor being read, or the last one.</param>
/// <param name="TensorsDone">The number of tensors done.</param>
/// <param name="TensorCount">The number of tensors.</param>
/// <param name="BytesRead">The bytes read so far, of all models together.</param>
public readonly record struct SimilarityProgress(string Tensor, int TensorsDone, int TensorCount, long BytesRead);
