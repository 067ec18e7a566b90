using LoraFederation.Aggregators;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace LoraFederation;

/// <summary>The settings of <c>AddLoraFederation</c>.</summary>
public sealed record LoraFederationOptions
{
    /// <summary>Gets what computes.</summary>
    /// <value>Null by default: a registered <see cref="TensorDevice"/>, else a <see cref="CpuDevice"/> of all cores that the container disposes.</value>
    public TensorDevice? Device { get; init; }

    /// <summary>Gets aggregators that recipes can name beside this library's.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<LoraAggregator> Aggregators { get; init; } = [];
}
