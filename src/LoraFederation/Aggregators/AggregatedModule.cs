using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>What becomes of a module.</summary>
/// <param name="Global">What every client gets as its adapter. The factors hold all weights and scalings: the module's scaling is one.</param>
public sealed record AggregatedModule(LoraModule Global)
{
    /// <summary>Gets what every client adds to its base weight beside it: the aggregate is <c>Global + Residual</c>.</summary>
    /// <value>Null by default: nothing.</value>
    public LoraModule? Residual { get; init; }

    /// <summary>Gets what single clients get in the place of <see cref="Global"/>, by their names: with a scaling of their own where the method leaves them theirs.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, LoraModule> Personal { get; init; } = new Dictionary<string, LoraModule>(StringComparer.Ordinal);
}
