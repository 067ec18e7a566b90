using LoraFederation.Aggregators.Peft;
using ModelTensors;
using ModelTensors.LowRank;

namespace LoraFederation.Combining;

/// <summary>The settings of <see cref="AdapterCombination"/>.</summary>
public sealed record CombinationOptions
{
    /// <summary>Gets how the adapters become one.</summary>
    /// <value><see cref="CombinationType.Cat"/> by default, which is exact; PEFT's default is <see cref="CombinationType.Svd"/>.</value>
    public CombinationType Type { get; init; }

    /// <summary>Gets the share of the elements that TIES, DARE and pruning keep.</summary>
    /// <value>In (0, 1]; 0.5 by default. Ignored by the other types.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in (0, 1].</exception>
    public double Density
    {
        get;
        init => field = TaskVectorRule.CheckDensity(value);
    } = 0.5;

    /// <summary>Gets what elects signs.</summary>
    /// <value><see cref="MajoritySign.Total"/> by default. Ignored by types without an election.</value>
    public MajoritySign MajoritySign { get; init; }

    /// <summary>Gets the rank of the result where it is decomposed.</summary>
    /// <value>At least 1; null by default: module by module, the greatest rank of the adapters. Never more than the weight's shorter side. Ignored by the other types.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? SvdRank
    {
        get;
        init => field = PeftDecompositionAggregator.CheckRank(value);
    }

    /// <summary>Gets the quantile of all numbers of both factors to whose size they are cut off, where the result is decomposed.</summary>
    /// <value>In (0, 1]; null by default: nothing is cut off. Ignored by the other types.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in (0, 1].</exception>
    public double? SvdClamp
    {
        get;
        init => field = PeftDecompositionAggregator.CheckClamp(value);
    }

    /// <summary>Gets how accurately sparse or elected products are decomposed; the key is ignored.</summary>
    /// <value>Sixteen directions more than the rank and two power iterations by default; shorter sides up to 128 are exact.</value>
    public RandomizedSvdOptions Decomposition { get; init; } = new();

    /// <summary>Gets the seed of DARE's draws and of the directions.</summary>
    /// <value>0 by default.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets the type of the result's factors.</summary>
    /// <value>Null by default: the type of the adapters' factors, module by module, F32 where they have several. Else F32, F16 or BF16.</value>
    /// <exception cref="ArgumentException">The type is another.</exception>
    public DataType? OutputType
    {
        get;
        init => field = OutputTypes.Check(value);
    }

    /// <summary>Gets whether adapters may name different base models, as when one names a folder and another the hub's model.</summary>
    /// <value>False by default: it is an error, since updates of different models do not add up.</value>
    public bool AllowDifferentBases { get; init; }
}
