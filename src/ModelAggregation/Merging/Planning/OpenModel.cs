using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>A model while planning, or the part of it that a module takes.</summary>
/// <param name="reference">The reference as the recipe writes it.</param>
/// <param name="name">The name that is the same on every machine.</param>
/// <param name="tensors">The whole model.</param>
/// <param name="layers">Its tensors, or those of the part, sorted into layers.</param>
internal sealed class OpenModel(string reference, string name, TensorSet tensors, LayerNaming layers)
{
    public string Reference { get; } = reference;

    /// <summary>Gets the name that is the same on every machine.</summary>
    public string Name { get; } = name;

    public TensorSet Tensors { get; } = tensors;

    public LayerNaming Layers { get; } = layers;

    /// <summary>Returns the part of the model that has some of its tensors, with layers of its own.</summary>
    /// <param name="names">The names of the tensors.</param>
    public OpenModel Part(IReadOnlyCollection<string> names) => new(Reference, Name, Tensors, LayerNaming.Of(names, configured: null));

    /// <summary>Finds the input embedding that stands for a missing output head.</summary>
    /// <param name="head">The head's name.</param>
    public string? EmbeddingFor(string head) => Layers.Outside
        .Where(name => TensorNames.IsInputEmbedding(name) && Tensors.TryGet(name, out TensorSource? source) && source.Shape.Rank == 2)
        .OrderByDescending(name => name.AsSpan().CommonPrefixLength(head))
        .ThenBy(name => name, StringComparer.Ordinal)
        .FirstOrDefault();

    public PlannedModel ToPlanned() => new(Reference, Name, Tensors, Layers.LayerCount);
}
