using System.Diagnostics.CodeAnalysis;
using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Execution;

/// <summary>A mixture that lies nowhere: its tensors are made of those of a plan while they are read.</summary>
internal sealed class MixtureTensorSet : TensorSet
{
    private readonly MixturePlan _plan;
    private readonly OrderedDictionary<string, TensorSource> _tensors = new(StringComparer.Ordinal);

    public MixtureTensorSet(MixturePlan plan, MixtureContent content)
    {
        _plan = plan;
        Config = new ModelConfig(content.Config);
        foreach (OutputTensor tensor in content.Tensors)
        {
            _tensors.Add(tensor.Info.Name, tensor.Source);
        }
    }

    public override IReadOnlyCollection<string> Names => _tensors.Keys;

    public override ModelConfig? Config { get; }

    // Its tokenizer is the dense model's.
    public override string? Folder => _plan.DenseModel.Tensors.Folder;

    public override bool TryGet(string name, [NotNullWhen(true)] out TensorSource? source) => _tensors.TryGetValue(name, out source);

    public override void EnsureUnchanged()
    {
        foreach (PlannedModel model in _plan.Opened)
        {
            model.Tensors.EnsureUnchanged();
        }
    }
}
