using System.Numerics;
using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

/// <summary>What estimators without a semivalue estimate, by looking at every coalition.</summary>
internal static class Expectations
{
    /// <summary>The expectation, or null where the test does not know it.</summary>
    public static double[]? Of(Estimator estimator, ExactGame game) => estimator.Target is { } semivalue
        ? game.Exact(semivalue)
        : estimator.Name switch
        {
            "class_wise_shapley" => ClassWise(game),
            "data_oob" => OutOfBag(game),
            "influence_subsample" => Influence(game, Math.Clamp((int)Math.Round(0.7 * game.Players), 1, game.Players - 1)),
            _ => null,
        };

    // Shapley values among the class, in the mean over all subsets of the others.
    private static double[] ClassWise(ExactGame game)
    {
        double[] values = new double[game.Players];
        foreach (int label in game.Labels.Distinct())
        {
            int[] members = [.. Enumerable.Range(0, game.Players).Where(player => game.Labels[player] == label)];
            int classMask = members.Sum(player => 1 << player);
            double share = 1.0 / (1 << (game.Players - members.Length));
            for (int others = 0; others < game.Table.Length; others++)
            {
                if ((others & classMask) != 0)
                {
                    continue;
                }

                double[] table = [.. Enumerable.Range(0, 1 << members.Length).Select(set => ExactGameUtility.ClassFactor(label) * game.Table[others | Spread(set, members)])];
                double[] own = ExactGame.Exact(table, Semivalue.Shapley);
                for (int i = 0; i < members.Length; i++)
                {
                    values[members[i]] += share * own[i];
                }
            }
        }

        return values;
    }

    // A bag of n draws covers exactly a set S in as many ways as n draws can be spread over all of |S| players.
    private static double[] OutOfBag(ExactGame game)
    {
        int n = game.Players;
        double[] ways = new double[n + 1];
        for (int size = 1; size <= n; size++)
        {
            for (int left = 0; left <= size; left++)
            {
                ways[size] += ((size - left) % 2 == 0 ? 1 : -1) * Choose(size, left) * Math.Pow(left, n);
            }
        }

        double[] values = new double[n];
        for (int player = 0; player < n; player++)
        {
            double all = 0;
            for (int mask = 1; mask < game.Table.Length; mask++)
            {
                if ((mask >> player & 1) == 0)
                {
                    double weight = ways[BitOperations.PopCount((uint)mask)];
                    values[player] += weight * game.Table[mask | (1 << player)];
                    all += weight;
                }
            }

            values[player] /= all;
        }

        return values;
    }

    private static double[] Influence(ExactGame game, int size) =>
        [.. Enumerable.Range(0, game.Players).Select(player => Mean(game, size, player, isIn: true) - Mean(game, size, player, isIn: false))];

    private static double Mean(ExactGame game, int size, int player, bool isIn) =>
        Enumerable.Range(0, game.Table.Length).Where(mask => BitOperations.PopCount((uint)mask) == size && (mask >> player & 1) != 0 == isIn).Average(mask => game.Table[mask]);

    private static int Spread(int set, int[] members)
    {
        int mask = 0;
        for (int i = 0; i < members.Length; i++)
        {
            mask |= (set >> i & 1) << members[i];
        }

        return mask;
    }

    private static double Choose(int n, int k) => Enumerable.Range(1, k).Aggregate(1.0, (product, i) => product * (n - k + i) / i);
}
