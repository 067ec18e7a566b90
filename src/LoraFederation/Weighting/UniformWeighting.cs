using LoraFederation.Aggregators;

namespace LoraFederation.Weighting;

internal sealed record UniformWeighting : ClientWeighting
{
    public override string Name => "uniform";

    public override IReadOnlyList<double> Weigh(Federation federation, AggregationContext context) => [.. federation.Updates.Select(_ => 1.0)];
}
