namespace DataShapley.Statistics;

/// <summary>Whether a level is that of each player's interval or of all of them at once.</summary>
public enum SimultaneousLevel
{
    /// <summary>Each interval has the level by itself: of 100 players at 95 % some five lie outside.</summary>
    EachPlayer,

    /// <summary>All hold at once, whatever depends on what: α / n for each of n players.</summary>
    Bonferroni,

    /// <summary>All hold at once: 1 − (1 − α)^(1/n) for each of n players. Exact for independent players, safe for jointly normal ones; a little narrower than Bonferroni.</summary>
    Sidak,
}
