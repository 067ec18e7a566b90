using System.Diagnostics.CodeAnalysis;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>
/// The output of a stage as a model: from its plan its names, types, shapes and configuration are known before it exists, so that later
/// stages are planned at once; its elements can be read once it has been merged.
/// </summary>
/// <remarks>Shared by the plans of all stages that read it: disposing it does nothing, the pipeline releases it.</remarks>
internal sealed class StageOutput : TensorSet
{
    private readonly OrderedDictionary<string, TensorSource> _tensors = new(StringComparer.Ordinal);
    private TensorSet? _merged;

    public StageOutput(string name, MergePlan plan)
    {
        Name = name;
        Plan = plan;
        Config = plan.Config is { } config ? new ModelConfig(config) : null;
        foreach (PlannedTensor tensor in plan.Tensors)
        {
            _tensors.Add(tensor.Name, new StageTensor(this, tensor.Output));
        }
    }

    /// <summary>Gets the stage's name.</summary>
    public string Name { get; }

    /// <summary>Gets the plan that makes the output.</summary>
    public MergePlan Plan { get; }

    public override IReadOnlyCollection<string> Names => _tensors.Keys;

    public override ModelConfig? Config { get; }

    /// <summary>Gets the folder of the tokenizer files, which a stage takes over as they are.</summary>
    public override string? Folder => Plan.TokenizerFolder;

    /// <summary>Gets the plan's hash in place of files: it stands for all that decides the output.</summary>
    public override IReadOnlyList<FileIdentity> Files => [new FileIdentity("stage, by the hash of its plan", Plan.OutputBytes, Plan.Hash, DateTimeOffset.UnixEpoch)];

    public override bool TryGet(string name, [NotNullWhen(true)] out TensorSource? source) => _tensors.TryGetValue(name, out source);

    public override void EnsureUnchanged() => _merged?.EnsureUnchanged();

    /// <summary>Makes the elements readable.</summary>
    /// <param name="merged">What the stage made; released with this.</param>
    /// <exception cref="CheckpointException">It is not what was planned: somebody changed it.</exception>
    public void Attach(TensorSet merged)
    {
        Release();
        _merged = merged;
        foreach ((string name, TensorSource planned) in _tensors)
        {
            TensorSource found = Find(name);
            if (found.DataType != planned.DataType || found.Shape != planned.Shape)
            {
                throw Changed(name, $"has tensor '{name}' as {found.DataType.SafetensorsName} {found.Shape} instead of {planned.DataType.SafetensorsName} {planned.Shape}");
            }
        }
    }

    /// <summary>Closes or frees what the stage made.</summary>
    public void Release()
    {
        _merged?.Dispose();
        _merged = null;
    }

    private TensorSource Find(string name)
    {
        TensorSet merged = _merged ?? throw new InvalidOperationException($"Stage '{Name}' has not been merged yet: its tensors cannot be read.");
        return merged.TryGet(name, out TensorSource? source) ? source : throw Changed(name, $"lacks tensor '{name}'");
    }

    private CheckpointException Changed(string tensor, string what) =>
        new(CheckpointError.InputChanged, $"The output of stage '{Name}' in '{_merged!.Folder}' {what}: delete that folder, and the stage is merged again.", _merged.Folder, tensor);

    private sealed class StageTensor(StageOutput stage, TensorInfo info) : TensorSource(info.DataType, info.Shape)
    {
        public override void Read(long start, Span<byte> destination) => stage.Find(info.Name).Read(start, destination);

        public override bool TryGetSpan(long start, int count, out ReadOnlySpan<byte> bytes) => stage.Find(info.Name).TryGetSpan(start, count, out bytes);
    }
}
