using System.Diagnostics;
using System.Globalization;
using DataShapley.Estimators;
using DataShapley.Games;

namespace DataShapley.Benchmarks;

/// <summary>What the library adds to an evaluation: all of the time of a run whose utility is free, for each value it asks for.</summary>
internal static class SchedulerCost
{
    private const int Rounds = 7;

    public static void Run(int threads, bool isQuick)
    {
        int players = isQuick ? 10 : 18;
        int orders = isQuick ? 20 : 1000;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{threads} processors; medians of {Rounds} runs and their quartiles; bytes are allocated ones."));
        Console.WriteLine();
        Console.WriteLine("| what | workers | evaluations | µs each | quartiles | bytes each |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach (int workers in (int[])[1, threads])
        {
            Measure(string.Create(CultureInfo.InvariantCulture, $"every coalition of {players} players"), workers, () => Value(new FreeUtility(players), workers));
            Measure("the same, noisy (no cache)", workers, () => Value(new FreeUtility(players, isDeterministic: false), workers));
            Measure("the same in batches of 64", workers, () => Value(new FreeUtility(players, batchSize: 64), workers));
            Measure("100 players joining, by coalitions", workers, () => Grow(new FreeUtility(100), orders, workers));
            Measure("100 players joining, incrementally", workers, () => Grow(new FreeGrowingUtility(100), orders, workers));
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

    private static void Measure(string what, int workers, Func<long> run)
    {
        List<double> times = [];
        long evaluations = 0;
        double bytes = 0;
        for (int round = -2; round < Rounds; round++)
        {
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            long start = Stopwatch.GetTimestamp();
            evaluations = run();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            bytes = (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / evaluations;
            if (round >= 0)
            {
                times.Add(seconds / evaluations * 1e6);
            }
        }

        times.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {what} | {workers} | {evaluations} | {times[Rounds / 2]:F2} | {times[Rounds / 4]:F2} to {times[Rounds * 3 / 4]:F2} | {bytes:F0} |"));
    }
}
