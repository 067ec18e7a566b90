using LoraFederation.LowRank;

namespace LoraFederation.Ranks;

/// <summary>Keeps the same number of components in every module, as FlexLoRA (arXiv 2402.11505) and HLoRA (arXiv 2503.00813) do.</summary>
public sealed record FixedRank : RankPolicy
{
    /// <summary>Creates the policy.</summary>
    /// <param name="rank">The rank, at least 1.</param>
    public FixedRank(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        Rank = rank;
    }

    /// <summary>Gets the rank; modules that have fewer components keep those.</summary>
    public int Rank { get; }

    internal override TruncationOptions? EachModule => new() { MaximumRank = Rank };

    /// <inheritdoc />
    public override IReadOnlyList<int> Choose(IReadOnlyList<ModuleSpectrum> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        return [.. modules.Select(module => Math.Min(Rank, module.SingularValues.Count))];
    }
}
