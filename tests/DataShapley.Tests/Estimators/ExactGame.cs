using System.Numerics;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

/// <summary>A game of a few players with all its values, and what follows from them by looking at every coalition.</summary>
internal sealed record ExactGame(string Name, double[] Table)
{
    public static IReadOnlyList<ExactGame> All { get; } = [Mixed(), Saturating(), Voting(), Pairs(), Drawn("drawn_7", 7, 11)];

    public int Players { get; } = int.Log2(Table.Length);

    /// <summary>Players who never change anything.</summary>
    public int[] NullPlayers { get; init; } = [];

    /// <summary>Players who can be exchanged, two and two.</summary>
    public (int One, int Other)[] Exchangeable { get; init; } = [];

    /// <summary>Classes of the players, for estimators that ask for them; those who can be exchanged have the same.</summary>
    public int[] Labels { get; init; } = [.. Enumerable.Range(0, int.Log2(Table.Length)).Select(player => player % 2)];

    public double Total => Table[^1] - Table[0];

    /// <summary>The semivalues by their definition.</summary>
    public double[] Exact(Semivalue semivalue) => Exact(Table, semivalue);

    public static double[] Exact(double[] table, Semivalue semivalue)
    {
        int players = int.Log2(table.Length);
        double[] weights = [.. Enumerable.Range(0, players).Select(size => Math.Exp(semivalue.LogWeight(players, size)))];
        double[] values = new double[players];
        for (int mask = 0; mask < table.Length; mask++)
        {
            for (int player = 0; player < players; player++)
            {
                if ((mask >> player & 1) == 0)
                {
                    values[player] += weights[BitOperations.PopCount((uint)mask)] * (table[mask | (1 << player)] - table[mask]);
                }
            }
        }

        return values;
    }

    /// <summary>A game without any order: every value drawn.</summary>
    public static ExactGame Drawn(string name, int players, ulong seed) =>
        new(name, [.. Enumerable.Range(0, 1 << players).Select(mask => new RandomStreams(seed, "table").At(mask).NextBelow(17) - 8.5)]);

    private static ExactGame Of(string name, int players, Func<int, double> value) => new(name, [.. Enumerable.Range(0, 1 << players).Select(value)]);

    private static double Sum(int mask, params ReadOnlySpan<double> numbers)
    {
        double sum = 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            sum += (mask >> i & 1) != 0 ? numbers[i] : 0;
        }

        return sum;
    }

    // Four players, worths of both signs, ½ for nobody; players 1 and 3 do the same.
    private static ExactGame Mixed() => Of("mixed_4", 4, mask => 0.5 + Sum(mask, 2, -1, 0.5, -1) + (2 * (mask & 1) * (mask >> 2 & 1))) with { Exchangeable = [(1, 3)] };

    // A learning curve: what comes late is worth little; player 2 is of no use, players 0 and 4 are alike.
    private static ExactGame Saturating() => Of("saturating_5", 5, mask => 0.1 + (2 * (1 - Math.Exp(-Sum(mask, 0.8, 0.3, 0, 0.5, 0.8))))) with { NullPlayers = [2], Exchangeable = [(0, 4)] };

    // Votes 3 2 2 2 2 0 of which more than 8 win 1 from −1: nobody decides so rarely that some hundred samples never show it.
    private static ExactGame Voting() => Of("voting_6", 6, mask => Sum(mask, 3, 2, 2, 2, 2, 0) > 8 ? 1 : -1) with { NullPlayers = [5], Exchangeable = [(1, 2)], Labels = [0, 1, 1, 0, 1, 0] };

    // Pairs of neighbours help or harm each other; the last one of eight is of no use.
    private static ExactGame Pairs() => Of("pairs_8", 8, PairsOf) with { NullPlayers = [7] };

    private static double PairsOf(int mask)
    {
        double sum = -3 + Sum(mask, 1, 0.5, -0.5, 0.25, 2, 0, 1);
        for (int i = 0; i < 6; i++)
        {
            sum += (mask >> i & 3) == 3 ? (i % 2 == 0 ? 1 : -0.75) : 0;
        }

        return sum;
    }
}
