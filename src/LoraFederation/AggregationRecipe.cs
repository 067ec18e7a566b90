using LoraFederation.Aggregators;
using LoraFederation.Privacy;
using LoraFederation.Ranks;
using LoraFederation.Weighting;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation;

/// <summary>What to make of the adapters of many clients. Immutable; adjust it with <c>with</c>.</summary>
/// <param name="Aggregator">The method, such as <c>new FloraAggregator()</c>.</param>
public sealed record AggregationRecipe(LoraAggregator Aggregator)
{
    /// <summary>Gets the recipe of FLoRA with all defaults: exact, weighted by examples.</summary>
    public static AggregationRecipe Flora { get; } = new(new FloraAggregator());

    /// <summary>Gets how much each client counts.</summary>
    /// <value><see cref="ClientWeighting.Examples"/> by default.</value>
    public ClientWeighting Weights { get; init; } = ClientWeighting.Examples;

    /// <summary>Gets how long an update may be at most, before weights are found.</summary>
    /// <value>Null by default: updates are used as they are.</value>
    public UpdateClipping? Clipping { get; init; }

    /// <summary>Gets what a module counts for that some clients lack.</summary>
    /// <value><see cref="MissingModulePolicy.TreatAsZero"/> by default.</value>
    public MissingModulePolicy Missing { get; init; }

    /// <summary>Gets the type of the output's factors.</summary>
    /// <value>Null by default: the type of the clients' factors, module by module, F32 where they have several. Else F32, F16 or BF16.</value>
    /// <exception cref="ArgumentException">The type is another.</exception>
    public DataType? OutputType
    {
        get;
        init => field = OutputTypes.Check(value);
    }

    /// <summary>Gets which factor takes weights and scalings, where the method leaves the choice.</summary>
    /// <value><see cref="WeightPlacement.OnA"/> by default.</value>
    public WeightPlacement Placement { get; init; }

    /// <summary>Gets how many components of each module are kept, whatever the method: the aggregate for all is decomposed, largest components first.</summary>
    /// <value>Null by default: what the method gives. A <see cref="ServingRank"/> also pads all modules to one legal rank.</value>
    public RankPolicy? Ranks { get; init; }

    /// <summary>Gets whether each module's distance from the exact sum is measured, from the factors: twice the work of a decomposition.</summary>
    /// <value>False by default.</value>
    public bool MeasuresError { get; init; }

    /// <summary>Gets how modules of different ranks are written.</summary>
    /// <value><see cref="RankLayout.PerModule"/> by default.</value>
    public RankLayout Layout { get; init; }

    /// <summary>Gets the round, from 0, for methods that alternate.</summary>
    /// <value>Not negative; 0 by default.</value>
    public int Round
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Gets the seed of methods that draw.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets whether updates with NaN or infinity are let through.</summary>
    /// <value>False by default: they are an error.</value>
    public bool AllowNonFinite { get; init; }
}
