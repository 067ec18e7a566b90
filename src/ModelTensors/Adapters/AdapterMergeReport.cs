namespace ModelTensors.Adapters;

/// <summary>What the merging of adapters into a model has done.</summary>
/// <param name="Folder">The folder of the merged model.</param>
/// <param name="TensorCount">The number of its tensors.</param>
/// <param name="AdaptedTensorCount">The number of tensors that the adapters changed.</param>
/// <param name="ResumedTensorCount">The number of tensors that an interrupted run had completed.</param>
/// <param name="OutputBytes">The length of the tensor files in bytes.</param>
public sealed record AdapterMergeReport(string Folder, int TensorCount, int AdaptedTensorCount, int ResumedTensorCount, long OutputBytes);
