namespace ModelTensors.Adapters;

/// <summary>How far the merging of adapters into a model is.</summary>
/// <param name="Tensor">The tensor being written, or the last one.</param>
/// <param name="TensorsDone">The number of tensors complete, those of an interrupted run included.</param>
/// <param name="TensorCount">The number of tensors of the model.</param>
/// <param name="BytesRead">The bytes that this run has gone through, adapted tensors counted as F32.</param>
/// <param name="BytesToRead">The bytes that this run goes through.</param>
public readonly record struct AdapterMergeProgress(string Tensor, int TensorsDone, int TensorCount, long BytesRead, long BytesToRead);
