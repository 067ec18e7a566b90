using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Zoo;

/// <summary>What is known of a model of a zoo without reading its tensors.</summary>
public sealed record ZooModel
{
    /// <summary>Gets the reference that the zoo's resolver opens, which is also the model's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets <c>config.json</c>, or null when there is none.</summary>
    public required ModelConfig? Config { get; init; }

    /// <summary>Gets the names, types and shapes of the tensors, in the order in which they are stored.</summary>
    public required IReadOnlyList<TensorInfo> Tensors { get; init; }

    /// <summary>Gets the files of tensors; empty for a model in memory.</summary>
    public required IReadOnlyList<FileIdentity> Files { get; init; }

    /// <summary>Gets the SHA-256 of the vocabulary, in lower-case hexadecimal; null where there are no tokenizer files.</summary>
    public string? VocabularySha256 { get; init; }

    /// <summary>Gets whether <see cref="Files"/> stand for all of the content, so that what was computed of it can be kept for later.</summary>
    public bool IsIdentified { get; init; }

    /// <summary>Gets the number of elements of all tensors.</summary>
    public long ParameterCount => Tensors.Sum(tensor => tensor.Shape.ElementCount);

    /// <summary>Gets the number of bytes of all tensors, as they are read.</summary>
    public long ByteLength => Tensors.Sum(tensor => tensor.ByteLength);

    /// <summary>Gets what decides whether models can be merged at all: equal for two models exactly when no difference between them is blocking.</summary>
    public string ArchitectureKey => Zoo.ArchitectureKey.Of(this);

    /// <summary>Returns the name.</summary>
    public override string ToString() => Name;
}
