using ModelTensors;
using ModelTensors.Devices;

namespace LoraFederation.Aggregators;

/// <summary>What an aggregator computes with, beside the contributions.</summary>
/// <param name="Device">Computes.</param>
public sealed record AggregationContext(TensorDevice Device)
{
    /// <summary>Gets the type that the output will be stored in.</summary>
    /// <value>Null by default: the type of the clients' factors where all have one, else F32.</value>
    public DataType? OutputType { get; init; }

    /// <summary>Gets which factor takes weights and scalings, where the method leaves the choice.</summary>
    /// <value><see cref="WeightPlacement.OnA"/> by default.</value>
    public WeightPlacement Placement { get; init; }

    /// <summary>Gets the norm that no update exceeds, over all its modules and without weights: what a client's part of the sum is bounded by.</summary>
    /// <value>Null by default: the updates were not clipped.</value>
    public double? ClipNorm { get; init; }

    /// <summary>Gets the round, from 0, for methods that alternate.</summary>
    /// <value>0 by default.</value>
    public int Round { get; init; }

    /// <summary>Gets the seed of methods that draw.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets what stops the work.</summary>
    public CancellationToken CancellationToken { get; init; }
}
