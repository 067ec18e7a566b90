using LoraFederation.Aggregators;

namespace LoraFederation.Weighting;

internal sealed record ExampleWeighting : ClientWeighting
{
    public override string Name => "examples";

    public override IReadOnlyList<double> Weigh(Federation federation, AggregationContext context) => [.. federation.Updates.Select(update => (double)update.Examples)];
}
