using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>A model while planning.</summary>
internal sealed class OpenModel(string reference, string name, TensorSet tensors)
{
    public string Reference { get; } = reference;

    /// <summary>Gets the name that is the same on every machine.</summary>
    public string Name { get; } = name;

    public TensorSet Tensors { get; } = tensors;

    public LayerNaming Layers { get; } = LayerNaming.Of(tensors);

    /// <summary>Finds the input embedding that stands for a missing output head.</summary>
    /// <param name="head">The head's name.</param>
    public string? EmbeddingFor(string head) => Layers.Outside
        .Where(name => TensorNames.IsInputEmbedding(name) && Tensors.TryGet(name, out TensorSource? source) && source.Shape.Rank == 2)
        .OrderByDescending(name => name.AsSpan().CommonPrefixLength(head))
        .ThenBy(name => name, StringComparer.Ordinal)
        .FirstOrDefault();

    public PlannedModel ToPlanned() => new(Reference, Name, Tensors, Layers.LayerCount);
}
