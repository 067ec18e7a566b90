using ModelTensors.Adapters;

namespace ModelTensors.Checkpoints;

/// <summary>Finds and opens the model that a reference names.</summary>
public interface IModelResolver
{
    /// <summary>Opens a model. Only headers and configuration are read.</summary>
    /// <param name="reference">A folder, a <c>.safetensors</c> file, a hub name such as <c>org/name</c> with an optional <c>@revision</c>, or a name that the resolver knows; with <c>+</c> and the same of an adapter to fold it in.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="ModelDataException">The model is not found, or is not readable; the message says where was looked and what to do.</exception>
    TensorSet Open(string reference);

    /// <summary>Opens the LoRA adapter that stands behind the <c>+</c> of a reference.</summary>
    /// <param name="reference">The adapter's folder; resolvers may know other names, and look in more places.</param>
    /// <returns>The adapter; the caller disposes it.</returns>
    /// <exception cref="ModelDataException">The adapter is not found, or is not readable.</exception>
    LoraAdapter OpenAdapter(string reference) => LoraAdapter.Open(reference);
}
