namespace ModelAggregation.Mixture.Planning;

/// <summary>What a configuration and the names of tensors say of a mixture.</summary>
internal sealed record MixtureShape
{
    public required MixtureLevel Level { get; init; }

    public required MixtureLayout Layout { get; init; }

    public required int LayerCount { get; init; }

    public required int DenseLayerCount { get; init; }

    public required int ExpertCount { get; init; }

    public required int ExpertsPerToken { get; init; }

    public required RouterInput Input { get; init; }

    public required RouterPooling Pooling { get; init; }

    public required RouterKind Router { get; init; }

    /// <summary>Gets the mixed layers.</summary>
    public IEnumerable<int> MixedLayers => Enumerable.Range(DenseLayerCount, LayerCount - DenseLayerCount);

    /// <summary>Gets what stands before the names of each router's tensors.</summary>
    public IReadOnlyList<string> RouterPaths => Level == MixtureLevel.Model ? [MixtureNames.ModelGate] : [.. MixedLayers.Select(layer => MixtureNames.Gate(Level, Layout, layer))];
}
