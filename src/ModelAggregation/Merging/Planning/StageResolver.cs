using ModelTensors.Adapters;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>Finds models among the outputs of stages, then as a pipeline's own resolver does.</summary>
/// <param name="outputs">The outputs by stage; null for a stage that is not planned yet, or could not be.</param>
/// <param name="models">Finds all other models.</param>
internal sealed class StageResolver(IReadOnlyDictionary<string, StageOutput?> outputs, IModelResolver models) : IModelResolver
{
    public TensorSet Open(string reference)
    {
        if (outputs.TryGetValue(reference, out StageOutput? output))
        {
            return output ?? throw new CheckpointException(CheckpointError.NotFound, $"Stage '{reference}' could not be planned.");
        }

        // To look for it elsewhere would be to take whatever lies in a folder of that name.
        for (string model = reference; AdaptedReference.TrySplit(model, out model, out _);)
        {
            if (outputs.ContainsKey(model))
            {
                throw new CheckpointException(
                    CheckpointError.NotFound,
                    $"'{reference}' puts an adapter on the output of stage '{model}'; an adapter is put on a model on disk. Merge that stage by itself before, and refer to its folder.");
            }
        }

        return models.Open(reference);
    }
}
