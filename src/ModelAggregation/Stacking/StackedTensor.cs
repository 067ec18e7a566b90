using ModelTensors;

namespace ModelAggregation.Stacking;

/// <summary>A tensor of a stack.</summary>
public sealed record StackedTensor
{
    /// <summary>Gets the output's name, type and shape.</summary>
    public required TensorInfo Output { get; init; }

    /// <summary>Gets where it comes from: a layer's tensor from one, others from all models, in their order.</summary>
    public required IReadOnlyList<(string Model, string TensorName)> Inputs { get; init; }

    /// <summary>Gets whether it is the mean of the models that have each element; else it is copied from its only input.</summary>
    public bool IsMean => Inputs.Count > 1;

    internal IReadOnlyList<TensorSource> Sources { get; init; } = [];

    internal long InputBytes => Sources.Sum(source => source.ByteLength);
}
