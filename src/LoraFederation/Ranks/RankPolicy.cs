using LoraFederation.LowRank;

namespace LoraFederation.Ranks;

/// <summary>How many components of each module's aggregate are kept.</summary>
public abstract record RankPolicy
{
    /// <summary>Gets the rule for every module by itself, where the policy is one: an adapter need not be gone through twice then.</summary>
    /// <value>Null where all modules have to be known first.</value>
    internal virtual TruncationOptions? EachModule => null;

    /// <summary>Chooses a rank for each module.</summary>
    /// <param name="modules">The modules of an adapter, in an order that does not change from run to run.</param>
    /// <returns>A rank for each module, at most its number of singular values; 0 only where that is 0, or where the policy's settings allow it.</returns>
    public abstract IReadOnlyList<int> Choose(IReadOnlyList<ModuleSpectrum> modules);

    /// <summary>Returns the rank to which modules are padded with zeros when they are written.</summary>
    /// <param name="rank">The greatest rank that was chosen.</param>
    /// <value>Null by default: none is padded for the policy's sake.</value>
    public virtual int? UniformRank(int rank) => null;
}
