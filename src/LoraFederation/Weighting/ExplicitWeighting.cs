using LoraFederation.Aggregators;

namespace LoraFederation.Weighting;

/// <summary>Weighs clients by numbers that are given for each.</summary>
/// <param name="Weights">A weight for each client by name: not negative, finite; their sum need not be one.</param>
public sealed record ExplicitWeighting(IReadOnlyDictionary<string, double> Weights) : ClientWeighting
{
    /// <inheritdoc />
    public override string Name => "explicit";

    /// <inheritdoc />
    public override IReadOnlyList<double> Weigh(Federation federation, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(federation);
        return
        [
            .. federation.Updates.Select(update => Weights.TryGetValue(update.ClientId, out double weight)
                ? weight
                : throw new FederationException(
                    FederationError.Weights, $"Client '{update.ClientId}' has no weight; there are some for {string.Join(", ", Weights.Keys.Order(StringComparer.Ordinal))}.", update.ClientId)),
        ];
    }
}
