using DataShapley.Games;

namespace DataShapley.Caching;

/// <summary>Remembers values of deterministic utilities. Safe to use from several threads.</summary>
public interface IUtilityCache
{
    /// <summary>Finds a value.</summary>
    /// <param name="utility">The utility's id.</param>
    /// <param name="coalition">The coalition.</param>
    /// <param name="value">The value.</param>
    bool TryGet(string utility, Coalition coalition, out double value);

    /// <summary>Remembers a value.</summary>
    /// <param name="utility">The utility's id.</param>
    /// <param name="coalition">The coalition.</param>
    /// <param name="value">The value, finite.</param>
    void Add(string utility, Coalition coalition, double value);
}
