using System.Diagnostics;
using System.Globalization;
using ModelTensors.Benchmarks;

namespace ModelRuntime.Benchmarks;

/// <summary>Times work beside the register peak, in interleaved rounds.</summary>
internal static class Rounds
{
    private const int Count = 5;
    private const int PeakIterations = 10_000_000;

    /// <summary>Returns medians: seconds of the work, and its share of the peak of the same round.</summary>
    public static (double Seconds, double Rate, double Share) Measure(int threads, double operations, Action work)
    {
        List<double> seconds = [];
        List<double> shares = [];
        for (int round = -1; round < Count; round++)
        {
            long start = Stopwatch.GetTimestamp();
            double peak = FmaPeak.Run(threads, PeakIterations) / Stopwatch.GetElapsedTime(start).TotalSeconds;
            start = Stopwatch.GetTimestamp();
            int repeats = 0;
            do
            {
                work();
                repeats++;
            }
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < 0.3);

            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
            if (round >= 0)
            {
                seconds.Add(elapsed);
                shares.Add(operations / elapsed / peak);
            }
        }

        double median = seconds.Order().ElementAt(Count / 2);
        return (median, operations / median / 1e9, shares.Order().ElementAt(Count / 2));
    }

    public static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
