using System.Numerics;
using DataShapley.Games;
using DataShapley.Neighbors;

namespace DataShapley.Tests.Neighbors;

/// <summary>Values by their definition, over all coalitions of few players that stand in the order of distance.</summary>
internal static class NeighborReference
{
    public static double[] Values(int players, Semivalue semivalue, Func<int[], double> utility)
    {
        double[] utilities = [.. Enumerable.Range(0, 1 << players).Select(mask => utility([.. Enumerable.Range(0, players).Where(i => (mask >> i & 1) != 0)]))];
        double[] values = new double[players];
        for (int mask = 0; mask < 1 << players; mask++)
        {
            for (int i = 0; i < players; i++)
            {
                if ((mask >> i & 1) == 0)
                {
                    double weight = Math.Exp(semivalue.LogWeight(players, BitOperations.PopCount((uint)mask)));
                    values[i] += weight * (utilities[mask | (1 << i)] - utilities[mask]);
                }
            }
        }

        return values;
    }

    public static double Classification(int[] present, double[] match, int k) => present.Take(k).Sum(i => match[i]) / k;

    public static double SoftLabel(int[] present, double[] match, int k, int classes) => present.Length == 0 ? 1.0 / classes : present.Take(k).Average(i => match[i]);

    public static double Regression(int[] present, double[] targets, double t, int k, bool emptyIsZero) =>
        present.Length == 0 && emptyIsZero ? 0 : -Math.Pow((present.Take(k).Sum(i => targets[i]) / k) - t, 2);

    public static double Threshold(int[] present, double[] match, bool[] inside, int classes)
    {
        int[] near = [.. present.Where(i => inside[i])];
        return near.Length == 0 ? 1.0 / classes : near.Average(i => match[i]);
    }

    public static double Weighted(int[] present, int[] weights, int k, bool emptyIsOne) =>
        present.Length == 0 && !emptyIsOne ? 0 : present.Take(k).Sum(i => weights[i]) >= 0 ? 1 : 0;

    /// <summary>A graph of one test point whose neighbours stand in the order of their indices.</summary>
    public static NeighborGraph InOrder(int players) =>
        new(players, players, Enumerable.Range(0, players).ToArray(), Enumerable.Range(0, players).Select(i => (double)i).ToArray());

    public static T[] List<T>(params T[] items) => items;

    /// <summary>Labels that match the label 1, or not.</summary>
    public static int[] Labels(double[] match) => [.. match.Select(e => (int)e)];
}
