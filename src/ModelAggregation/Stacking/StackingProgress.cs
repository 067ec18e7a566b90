namespace ModelAggregation.Stacking;

/// <summary>How far a stack is.</summary>
/// <param name="Tensor">The tensor being written, or the last one.</param>
/// <param name="TensorsDone">The number of tensors complete, those of an interrupted run included.</param>
/// <param name="TensorCount">The number of tensors of the output.</param>
/// <param name="BytesRead">The bytes of inputs that this run has read.</param>
/// <param name="BytesToRead">The bytes of inputs that this run reads.</param>
/// <param name="BytesPerSecond">The rate since the start of this run.</param>
public readonly record struct StackingProgress(string Tensor, int TensorsDone, int TensorCount, long BytesRead, long BytesToRead, double BytesPerSecond);
