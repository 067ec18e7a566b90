using ModelTensors.Checkpoints;

namespace ModelAggregation.Glue.Execution;

/// <summary>Opens a model that the run has written by the name that it has in the output folder, and all others as the zoo does: so that recipes do not depend on where the output lies.</summary>
internal sealed class GlueResolver(string name, string folder, IModelResolver others) : IModelResolver
{
    public TensorSet Open(string reference) => string.Equals(reference, name, StringComparison.Ordinal) ? Checkpoint.Open(folder) : others.Open(reference);
}
