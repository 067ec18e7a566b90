using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Inspection;

/// <summary>What a checkpoint holds.</summary>
public sealed record CheckpointInspection
{
    /// <summary>Gets the folder, or null for a model in memory.</summary>
    public required string? Folder { get; init; }

    /// <summary>Gets the files of tensors; empty for a model in memory.</summary>
    public required IReadOnlyList<FileIdentity> Files { get; init; }

    /// <summary>Gets <c>config.json</c>, or null when there is none.</summary>
    public required ModelConfig? Config { get; init; }

    /// <summary>Gets <c>adapter_config.json</c> when the tensors are those of a PEFT adapter (<c>adapter_model.safetensors</c>), else null.</summary>
    public required JsonObject? AdapterConfig { get; init; }

    /// <summary>Gets the tensors, in the order in which they are stored.</summary>
    public required IReadOnlyList<TensorInspection> Tensors { get; init; }

    /// <summary>Gets the totals by type, the largest first.</summary>
    public IReadOnlyList<DataTypeTotal> Types =>
    [
        .. Tensors.GroupBy(tensor => tensor.Info.DataType)
            .Select(group => new DataTypeTotal(
                group.Key, group.Count(), group.Sum(tensor => tensor.Info.Shape.ElementCount), group.Sum(tensor => tensor.Info.ByteLength)))
            .OrderByDescending(total => total.ByteLength)
            .ThenBy(total => total.DataType),
    ];

    /// <summary>Gets the number of elements of all tensors.</summary>
    public long ParameterCount => Tensors.Sum(tensor => tensor.Info.Shape.ElementCount);

    /// <summary>Gets the number of bytes of all tensors, as they are read.</summary>
    public long ByteLength => Tensors.Sum(tensor => tensor.Info.ByteLength);

    /// <summary>Gets the number of NaN and infinite elements of all tensors; null when only headers were read.</summary>
    public long? NonFiniteCount { get; init; }
}
