namespace LoraFederation.Ranks;

/// <summary>How many components of each module's aggregate are kept.</summary>
public abstract record RankPolicy
{
    /// <summary>Chooses a rank for each module.</summary>
    /// <param name="modules">The modules of an adapter, in an order that does not change from run to run.</param>
    /// <returns>A rank for each module, at most its number of singular values; 0 only where that is 0, or where the policy's settings allow it.</returns>
    public abstract IReadOnlyList<int> Choose(IReadOnlyList<ModuleSpectrum> modules);
}
