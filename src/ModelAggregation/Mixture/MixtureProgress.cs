namespace ModelAggregation.Mixture;

/// <summary>How far the writing of a mixture is.</summary>
/// <param name="Tensor">The tensor being written, or the last one.</param>
/// <param name="TensorsDone">The number of tensors complete, those of an interrupted run included.</param>
/// <param name="TensorCount">The number of tensors of the mixture.</param>
/// <param name="BytesRead">The bytes of inputs that this run has gone through; those with noise or a factor count as F32.</param>
/// <param name="BytesToRead">The bytes that this run goes through.</param>
public readonly record struct MixtureProgress(string Tensor, int TensorsDone, int TensorCount, long BytesRead, long BytesToRead);
