namespace ModelTensors.Checkpoints;

/// <summary>Finds and opens the model that a reference names.</summary>
public interface IModelResolver
{
    /// <summary>Opens a model. Only headers and configuration are read.</summary>
    /// <param name="reference">A folder, a <c>.safetensors</c> file, a hub name such as <c>org/name</c> with an optional <c>@revision</c>, or a name that the resolver knows.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="ModelDataException">The model is not found, or is not readable; the message says where was looked and what to do.</exception>
    TensorSet Open(string reference);
}
