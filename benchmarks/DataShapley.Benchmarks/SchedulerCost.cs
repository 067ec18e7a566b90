using System.Globalization;
using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Benchmarks;

/// <summary>What the library adds to an evaluation: all of the time of a run whose utility is free, for each value it asks for.</summary>
internal static class SchedulerCost
{
    public static void Run(int threads, bool isQuick)
    {
        int players = isQuick ? 10 : 18;
        int orders = isQuick ? 20 : 1000;
        CostTable.Begin(threads);
        foreach (int workers in (int[])[1, threads])
        {
            CostTable.Measure(string.Create(CultureInfo.InvariantCulture, $"every coalition of {players} players"), workers, () => Value(new FreeUtility(players), workers));
            CostTable.Measure("the same, noisy (no cache)", workers, () => Value(new FreeUtility(players, isDeterministic: false), workers));
            CostTable.Measure("the same in batches of 64", workers, () => Value(new FreeUtility(players, batchSize: 64), workers));
            CostTable.Measure("100 players joining, by coalitions", workers, () => Grow(new FreeUtility(100), orders, workers));
            CostTable.Measure("100 players joining, incrementally", workers, () => Grow(new FreeGrowingUtility(100), orders, workers));
        }
    }

    private static long Value(IUtility utility, int workers)
    {
        ValuationRecipe recipe = new(new ExactEstimator()) { Evaluation = new EvaluationOptions { Workers = workers } };
        return new DataValuator().ValueAsync(utility, recipe).GetAwaiter().GetResult().Evaluations;
    }

    private static long Grow(IUtility utility, int orders, int workers)
    {
        using UtilityEvaluator evaluator = new(utility, new EvaluationOptions { Workers = workers });
        Parallel.For(0, orders, new ParallelOptions { MaxDegreeOfParallelism = workers }, i =>
        {
            int[] order = new RandomStreams(1, "orders").At(i).NextPermutation(utility.PlayerCount);
            evaluator.GrowAsync(order, _ => 0).GetAwaiter().GetResult();
        });
        return evaluator.Counts.Requested;
    }
}
