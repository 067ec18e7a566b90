using System.Diagnostics.CodeAnalysis;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging;

/// <summary>A merged model in memory. It owns its tensors and can itself be an input of a merge.</summary>
public sealed class MergedModel : TensorSet
{
    private readonly OrderedDictionary<string, HostTensor> _tensors = new(StringComparer.Ordinal);

    internal MergedModel(ModelConfig? config) => Config = config;

    /// <inheritdoc />
    public override IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <inheritdoc />
    public override ModelConfig? Config { get; }

    /// <summary>Gets the tensors, in the plan's order.</summary>
    public IReadOnlyDictionary<string, HostTensor> Tensors => _tensors;

    /// <inheritdoc />
    public override bool TryGet(string name, [NotNullWhen(true)] out TensorSource? source)
    {
        source = _tensors.TryGetValue(name, out HostTensor? tensor) ? tensor.Source : null;
        return source is not null;
    }

    internal HostTensor Allocate(TensorInfo info)
    {
        HostTensor tensor = new(info.DataType, info.Shape);
        _tensors.Add(info.Name, tensor);
        return tensor;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (HostTensor tensor in _tensors.Values)
            {
                tensor.Dispose();
            }
        }

        base.Dispose(disposing);
    }
}
