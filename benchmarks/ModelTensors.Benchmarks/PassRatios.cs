using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using ModelSdk.Benchmarking;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Benchmarks;

/// <summary>The quick look at passes: each beside a copy of the same reads and writes and beside the linear merge, in turn, so that a busy machine slows all alike.</summary>
internal static class PassRatios
{
    private const int Rounds = 9;

    // Five bf16 tensors of this many elements are 1.3 GiB: more than four times any last-level cache.
    private const long PastCache = 1L << 27;
    private const long Resident = 1L << 19;

    public static void Run(int threads)
    {
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{device.Description}; {RuntimeInformation.FrameworkDescription}; {RuntimeInformation.OSDescription}; {Environment.ProcessorCount} cores."));
        Console.WriteLine();
        Console.WriteLine($"BF16 in and out, medians of {Rounds} interleaved rounds with the fastest and slowest behind. Past the cache: {PastCache:N0} elements a tensor, resident: {Resident:N0}.");
        Console.WriteLine("\"Of copy\" is the time of plain vector loads and stores with as many reads and one write divided by the time of the pass: 1 is as fast as memory.");
        Console.WriteLine();
        Console.WriteLine("| pass | ns/element | min..max | of copy | times linear | resident ns/element | resident of copy | resident times linear |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        List<Figures> past = Measure(device, PastCache, threads);
        List<Figures> resident = Measure(device, Resident, threads);
        for (int i = 0; i < past.Count; i++)
        {
            (Figures far, Figures near) = (past[i], resident[i]);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {PassProgram.All[i].Name} | {far.Median:F3} | {far.Minimum:F3}..{far.Maximum:F3} | {far.OfCopy:F2} | {far.TimesLinear:F2} | {near.Median:F3} | {near.OfCopy:F2} | {near.TimesLinear:F2} |"));
        }
    }

    private static List<Figures> Measure(CpuDevice device, long count, int threads)
    {
        using PassTensors tensors = new(count, DataType.BF16);
        int repeats = (int)Math.Max(1, (1L << 25) / count);
        IReadOnlyList<PassProgram> programs = PassProgram.All;
        double[][] copies = [.. Enumerable.Range(0, 5).Select(_ => new double[Rounds])];
        double[][] times = [.. programs.Select(_ => new double[Rounds])];

        // The first rounds are for the compiler's tiers.
        for (int round = -2; round < Rounds; round++)
        {
            for (int inputs = 2; inputs <= 4; inputs++)
            {
                int[] indices = [.. Enumerable.Range(0, inputs)];
                double seconds = Seconds(repeats, () => StorageCopy.Run(tensors.Sources(indices), tensors.Output.Sink, threads));
                copies[inputs][Math.Max(round, 0)] = seconds * 1e9 / count;
            }

            for (int i = 0; i < programs.Count; i++)
            {
                times[i][Math.Max(round, 0)] = Seconds(repeats, () => programs[i].Run(device, tensors)) * 1e9 / count;
            }
        }

        return [.. programs.Select((program, i) => new Figures(
            Median(times[i]), times[i].Min(), times[i].Max(), Median(copies[program.CopyInputs].Zip(times[i], (copy, time) => copy / time)), Median(times[i].Zip(times[0], (time, linear) => time / linear))))];
    }

    private static double Seconds(int repeats, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
        {
            action();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    private sealed record Figures(double Median, double Minimum, double Maximum, double OfCopy, double TimesLinear);
}
