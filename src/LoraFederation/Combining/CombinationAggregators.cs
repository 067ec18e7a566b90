using LoraFederation.Aggregators;
using LoraFederation.Aggregators.Peft;

namespace LoraFederation.Combining;

/// <summary>The aggregators behind the types of a combination.</summary>
internal static class CombinationAggregators
{
    /// <summary>Creates the aggregator of a type, with what the options say of it.</summary>
    public static LoraAggregator Create(CombinationOptions options) => options.Type switch
    {
        CombinationType.Cat => new PeftCatAggregator(),
        CombinationType.Linear => new PeftLinearAggregator(),
        CombinationType.Svd => new PeftSvdAggregator { SvdRank = options.SvdRank, SvdClamp = options.SvdClamp },
        CombinationType.Ties => new PeftTiesAggregator { Density = options.Density, MajoritySign = options.MajoritySign },
        CombinationType.DareLinear => new PeftDareLinearAggregator { Density = options.Density },
        CombinationType.DareTies => new PeftDareTiesAggregator { Density = options.Density, MajoritySign = options.MajoritySign },
        CombinationType.MagnitudePrune => new PeftMagnitudePruneAggregator { Density = options.Density },
        CombinationType.TiesSvd => new PeftTiesSvdAggregator
        {
            Density = options.Density,
            MajoritySign = options.MajoritySign,
            SvdRank = options.SvdRank,
            SvdClamp = options.SvdClamp,
            Decomposition = options.Decomposition,
        },
        CombinationType.DareLinearSvd => new PeftDareLinearSvdAggregator
        {
            Density = options.Density,
            SvdRank = options.SvdRank,
            SvdClamp = options.SvdClamp,
            Decomposition = options.Decomposition,
        },
        CombinationType.DareTiesSvd => new PeftDareTiesSvdAggregator
        {
            Density = options.Density,
            MajoritySign = options.MajoritySign,
            SvdRank = options.SvdRank,
            SvdClamp = options.SvdClamp,
            Decomposition = options.Decomposition,
        },
        CombinationType.MagnitudePruneSvd => new PeftMagnitudePruneSvdAggregator
        {
            Density = options.Density,
            SvdRank = options.SvdRank,
            SvdClamp = options.SvdClamp,
            Decomposition = options.Decomposition,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Type, "There is no such combination type."),
    };
}
