using System.Diagnostics.CodeAnalysis;
using LoraFederation.Aggregators.Peft;

namespace LoraFederation.Aggregators;

/// <summary>The aggregators that recipes can name, each with its default settings. Not thread-safe while aggregators are added.</summary>
public sealed class LoraAggregatorRegistry
{
    private readonly SortedDictionary<string, LoraAggregator> _aggregators = new(StringComparer.Ordinal);

    /// <summary>Gets the aggregators, ordered by name.</summary>
    public IReadOnlyCollection<LoraAggregator> Aggregators => _aggregators.Values;

    /// <summary>Creates a registry with the aggregators of this library.</summary>
    public static LoraAggregatorRegistry CreateDefault() => new LoraAggregatorRegistry()
        .Add(new CoordinateMedianAggregator())
        .Add(new FedExLoraAggregator())
        .Add(new FedItAggregator())
        .Add(new FedSaLoraAggregator())
        .Add(new FedSbAggregator())
        .Add(new FedSvdAggregator())
        .Add(new FfaLoraAggregator())
        .Add(new FlexLoraAggregator())
        .Add(new FloraAggregator())
        .Add(new FloristAggregator())
        .Add(new HLoraAggregator())
        .Add(new HetLoraAggregator())
        .Add(new LoraFairAggregator())
        .Add(new RaFloraAggregator())
        .Add(new PeftCatAggregator())
        .Add(new PeftDareLinearAggregator())
        .Add(new PeftDareLinearSvdAggregator())
        .Add(new PeftDareTiesAggregator())
        .Add(new PeftDareTiesSvdAggregator())
        .Add(new PeftLinearAggregator())
        .Add(new PeftMagnitudePruneAggregator())
        .Add(new PeftMagnitudePruneSvdAggregator())
        .Add(new PeftSvdAggregator())
        .Add(new PeftTiesAggregator())
        .Add(new PeftTiesSvdAggregator())
        .Add(new RoLoraAggregator())
        .Add(new TrimmedMeanAggregator())
        .Add(new ZeroPaddingAggregator());

    /// <summary>Adds an aggregator.</summary>
    /// <param name="aggregator">The aggregator.</param>
    /// <returns>This registry.</returns>
    /// <exception cref="ArgumentException">An aggregator of that name is registered already.</exception>
    public LoraAggregatorRegistry Add(LoraAggregator aggregator)
    {
        ArgumentNullException.ThrowIfNull(aggregator);
        return _aggregators.TryAdd(aggregator.Name, aggregator)
            ? this
            : throw new ArgumentException($"An aggregator named '{aggregator.Name}' is registered already.", nameof(aggregator));
    }

    /// <summary>Finds an aggregator by name.</summary>
    /// <param name="name">The name in recipes.</param>
    /// <param name="aggregator">The aggregator.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out LoraAggregator? aggregator) => _aggregators.TryGetValue(name, out aggregator);
}
