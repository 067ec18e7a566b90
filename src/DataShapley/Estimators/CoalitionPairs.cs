using DataShapley.Games;

namespace DataShapley.Estimators;

/// <summary>All coalitions but nobody and everybody, each with its complement.</summary>
internal static class CoalitionPairs
{
    private const int MostPlayers = 20;

    /// <summary>Says whether a run can evaluate every coalition, nobody and everybody included, so that nothing is left to chance.</summary>
    public static bool AreAffordable(EstimationContext context) =>
        context.Utility.IsDeterministic && context.PlayerCount <= MostPlayers && context.Budget >= 1L << context.PlayerCount;

    /// <summary>Counts the pairs.</summary>
    public static long Count(int players) => (1L << (players - 1)) - 1;

    /// <summary>Gets a pair: the first of them is without the last player.</summary>
    public static Coalition[] At(int players, long index)
    {
        Coalition coalition = Coalition.FromWords(players, [(ulong)(index + 1)]);
        return [coalition, coalition.Complement()];
    }
}
