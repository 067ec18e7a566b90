using LoraFederation.Aggregators;
using LoraFederation.Aggregators.Peft;
using LoraFederation.Privacy;

namespace LoraFederation.Tests.Aggregators;

/// <summary>An aggregator as it is measured: with its defaults, with its truncation switched off, or with the settings it cannot do without.</summary>
internal sealed record ExactnessCase(string Title, AggregationRecipe Recipe)
{
    public LoraAggregator Aggregator => Recipe.Aggregator;

    public static IReadOnlyList<ExactnessCase> All { get; } =
    [
        .. LoraAggregatorRegistry.CreateDefault().Aggregators.Select(aggregator => new ExactnessCase($"`{aggregator.Name}`", new AggregationRecipe(aggregator))),
        Whole(new FlexLoraAggregator { IsPersonal = false }),
        Whole(new FloristAggregator { Energy = 1 }),
        Whole(new HLoraAggregator { Rank = int.MaxValue }),
        Cut(new FedExLoraAggregator { ResidualRank = 1 }),
        Whole(new PeftSvdAggregator { SvdRank = 48 }),

        // Noise of a thousandth of the sensitivity: what is measured is that there is some.
        Noisy(new NoisySharedAAggregator(new FfaLoraAggregator(), Mechanism)),
        Noisy(new NoisySketchAggregator(64, Mechanism)),
    ];

    private static GaussianMechanism Mechanism => new(1e-3) { Noise = NoiseSource.Seeded(1) };

    public override string ToString() => Title;

    private static ExactnessCase Whole(LoraAggregator aggregator) => new($"`{aggregator.Name}`, nothing cut", new AggregationRecipe(aggregator));

    private static ExactnessCase Cut(LoraAggregator aggregator) => new($"`{aggregator.Name}`, cut", new AggregationRecipe(aggregator));

    private static ExactnessCase Noisy(LoraAggregator aggregator) => new($"`{aggregator.Name}`", new AggregationRecipe(aggregator) { Clipping = new UpdateClipping(1e3) });
}
