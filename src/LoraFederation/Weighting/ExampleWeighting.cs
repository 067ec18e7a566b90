namespace LoraFederation.Weighting;

internal sealed record ExampleWeighting : ClientWeighting
{
    public override string Name => "examples";

    public override IReadOnlyList<double> Weigh(Federation federation) => [.. federation.Updates.Select(update => (double)update.Examples)];
}
