using ModelAggregation.Merging;
using ModelTensors.Checkpoints;

namespace ModelAggregation;

/// <summary>The settings of <see cref="Microsoft.Extensions.DependencyInjection.ModelAggregationServiceCollectionExtensions.AddModelAggregation"/>.</summary>
public sealed record ModelAggregationOptions
{
    /// <summary>Gets where models are looked for.</summary>
    /// <value>The current folder, then the Hugging Face cache. Ignored when an <see cref="IModelResolver"/> is registered.</value>
    public ModelResolverOptions Models { get; init; } = new();

    /// <summary>Gets the merge methods that recipes may name besides those of the library.</summary>
    /// <value>None by default. Registered services of type <see cref="MergeMethod"/> are added to these.</value>
    public IReadOnlyList<MergeMethod> Methods { get; init; } = [];
}
