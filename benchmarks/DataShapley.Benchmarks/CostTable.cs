using System.Diagnostics;
using System.Globalization;

namespace DataShapley.Benchmarks;

/// <summary>A table of what an evaluation costs: the time of whole runs, by the values that they asked for.</summary>
internal static class CostTable
{
    private const int Rounds = 7;

    public static void Begin(int threads)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{threads} processors; medians of {Rounds} runs and their quartiles; bytes are allocated ones."));
        Console.WriteLine();
        Console.WriteLine("| what | workers | evaluations | µs each | quartiles | bytes each |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
    }

    public static void Measure(string what, int workers, Func<long> run)
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
            $"| {what} | {workers} | {evaluations} | {times[Rounds / 2]:G3} | {times[Rounds / 4]:G3} to {times[Rounds * 3 / 4]:G3} | {bytes:F0} |"));
    }
}
