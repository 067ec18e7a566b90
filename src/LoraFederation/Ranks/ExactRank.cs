using LoraFederation.LowRank;

namespace LoraFederation.Ranks;

/// <summary>Keeps every component that is not zero: the aggregate is the sum, in as few components as it has.</summary>
public sealed record ExactRank : RankPolicy
{
    internal override TruncationOptions? EachModule { get; } = new();

    /// <inheritdoc />
    public override IReadOnlyList<int> Choose(IReadOnlyList<ModuleSpectrum> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        return [.. modules.Select(module => module.SingularValues.Count)];
    }
}
