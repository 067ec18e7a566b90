using LoraFederation.Aggregators;
using LoraFederation.Weighting;

namespace LoraFederation.Rounds;

/// <summary>A rule of weights under which late updates count less.</summary>
internal sealed record StaleWeighting(ClientWeighting Inner, IReadOnlyDictionary<string, double> Factors) : ClientWeighting
{
    public override string Name => Inner.Name;

    public override bool IsRelative => Inner.IsRelative;

    public override IReadOnlyList<double> Weigh(Federation federation, AggregationContext context) =>
        [.. Inner.Weigh(federation, context).Zip(federation.Updates, (weight, update) => weight * Factors.GetValueOrDefault(update.ClientId, 1))];
}
