using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>Finds models among the outputs of stages, then as a pipeline's own resolver does.</summary>
/// <param name="outputs">The outputs by stage; null for a stage that could not be planned.</param>
/// <param name="models">Finds all other models.</param>
internal sealed class StageResolver(IReadOnlyDictionary<string, StageOutput?> outputs, IModelResolver models) : IModelResolver
{
    public TensorSet Open(string reference) =>
        !outputs.TryGetValue(reference, out StageOutput? output) ? models.Open(reference)
        : output ?? throw new CheckpointException(CheckpointError.NotFound, $"Stage '{reference}' could not be planned.");
}
