using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;

namespace LoraFederation.Runtime;

/// <summary>Opens base models with the adapters of rounds on them: what clients start from, and what the server has after a round.</summary>
public static class AdapterChain
{
    /// <summary>Opens a model with adapters folded in, which are added as its tensors are read.</summary>
    /// <param name="baseFolder">The folder of the base model.</param>
    /// <param name="adapters">The folders of the adapters, in the order in which they are added.</param>
    /// <returns>The tensors; disposing them closes all files.</returns>
    /// <exception cref="AdapterException">An adapter cannot be read, or does not fit the model.</exception>
    /// <exception cref="CheckpointException">The folder is no model.</exception>
    public static TensorSet Open(string baseFolder, params IReadOnlyList<string> adapters)
    {
        ArgumentException.ThrowIfNullOrEmpty(baseFolder);
        ArgumentNullException.ThrowIfNull(adapters);
        TensorSet model = Checkpoint.Open(baseFolder);
        try
        {
            foreach (string folder in adapters)
            {
                model = Put(model, LoraAdapter.Open(folder));
            }

            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static AdaptedModel Put(TensorSet model, LoraAdapter adapter)
    {
        try
        {
            return new AdaptedModel(model, adapter);
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }
}
