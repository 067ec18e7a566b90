using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>A model of a plan, opened.</summary>
/// <param name="Reference">The reference as the recipe writes it.</param>
/// <param name="Name">A name that is the same on every machine: the reference, or for an absolute path its last part. Random numbers are keyed by it.</param>
/// <param name="Tensors">The tensors; the plan disposes them.</param>
/// <param name="LayerCount">The number of layers; 0 when the tensors' names have none.</param>
public sealed record PlannedModel(string Reference, string Name, TensorSet Tensors, int LayerCount);
