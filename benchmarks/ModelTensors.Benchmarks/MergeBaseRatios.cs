using System.Diagnostics;
using System.Globalization;
using ModelSdk.Benchmarking;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Benchmarks;

/// <summary>
/// The quick look at merging an adapter into a base, <c>W + s·B·A</c> from memory to memory with one rounding, beside OpenBLAS that only multiplies the
/// factors, in turn, so that a busy machine slows both alike.
/// </summary>
internal static unsafe class MergeBaseRatios
{
    private const int Rounds = 15;

    // The rival's threads keep spinning on their cores for some 30 ms after their last product.
    private const int SpinMilliseconds = 80;

    private sealed record Case(int Rows, int Columns, int Rank, DataType Type);

    private static readonly Case[] Cases =
    [
        new(4096, 4096, 160, DataType.F32),
        new(4096, 4096, 160, DataType.BF16),
        new(4096, 4096, 64, DataType.BF16),
        new(4096, 4096, 16, DataType.BF16),
        new(4096, 11008, 160, DataType.BF16),
    ];

    public static void Run(int threads)
    {
        if (OpenBlas.IsAvailable)
        {
            OpenBlas.SetThreads(threads);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{threads} thread(s), medians of {Rounds} interleaved rounds with the best behind; OpenBLAS ({(OpenBlas.IsAvailable ? OpenBlas.CoreName : "absent")}) multiplies F32 factors and adds nothing."));
        Console.WriteLine();
        Console.WriteLine("| out x in x rank | base | merged | GFLOP/s | OpenBLAS sgemm | of OpenBLAS (quartiles) | min..max |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|");
        foreach (Case one in Cases)
        {
            Measure(one, threads);
        }
    }

    private static void Measure(Case one, int threads)
    {
        // As AdapterMerger has it.
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads, TileElements = 1 << 18 });
        using HostTensor a = Random(one.Rank, one.Columns, DataType.F32, seed: 1);
        using HostTensor b = Random(one.Rows, one.Rank, DataType.F32, seed: 2);
        using HostTensor weights = Random(one.Rows, one.Columns, one.Type, seed: 3);
        using HostTensor merged = new(one.Type, weights.Shape);
        using AdaptedModel model = new(
            new MemoryTensorSet([new("layer.weight", weights)]), new LoraAdapter([new LoraModule("layer", LoraModuleKind.Linear, a.Source, b.Source, 0.3)]));
        TensorSource source = model.TryGet("layer.weight", out TensorSource? found) ? found : throw new InvalidOperationException("The model lost its weight.");
        MatMulMatrix floatA = new(one.Rank, one.Columns, DataType.F32, seed: 1);
        MatMulMatrix floatB = new(one.Rows, one.Rank, DataType.F32, seed: 2);
        MatMulMatrix product = new(one.Rows, one.Columns, DataType.F32, seed: 3);
        double operations = 2.0 * one.Rows * one.Columns * one.Rank;
        List<double> mine = [];
        List<double> rival = [];

        // The first rounds are for the compiler's tiers.
        for (int round = -2; round < Rounds; round++)
        {
            double seconds = Seconds(() => device.Convert(source, merged.Sink));
            double rivalSeconds = !OpenBlas.IsAvailable ? double.NaN : Seconds(() => OpenBlas.Multiply(
                OpenBlas.NoTranspose, OpenBlas.NoTranspose, one.Rows, one.Columns, one.Rank, floatB.Floats, one.Rank, floatA.Floats, one.Columns, product.Floats, one.Columns));
            Thread.Sleep(threads > 1 ? SpinMilliseconds : 0);
            if (round >= 0)
            {
                mine.Add(operations / seconds / 1e9);
                rival.Add(operations / rivalSeconds / 1e9);
            }
        }

        // The rival's operands are bare pointers: nothing else keeps their memory alive.
        Array.ForEach([floatA, floatB, product], GC.KeepAlive);
        double[] ratios = [.. mine.Zip(rival, (own, other) => own / other)];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {one.Rows} x {one.Columns} x {one.Rank} | {one.Type} | {operations / Quantile(mine, 0.5) / 1e6:N1} ms | {Quantile(mine, 0.5):F0} ({mine.Max():F0}) | {Quantile(rival, 0.5):F0} ({rival.Max():F0}) | {Quantile(ratios, 0.5):F2} ({Quantile(ratios, 0.25):F2} to {Quantile(ratios, 0.75):F2}) | {ratios.Min():F2}..{ratios.Max():F2} |"));
    }

    private static HostTensor Random(int rows, int columns, DataType type, int seed)
    {
        Random random = new(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (random.NextSingle() * 2) - 1;
        }

        return HostTensor.FromSingles(values, new TensorShape(rows, columns), type);
    }

    /// <summary>Times the second of two runs: the rival before has left its data in the caches and its threads awake.</summary>
    private static double Seconds(Action action)
    {
        action();
        long start = Stopwatch.GetTimestamp();
        action();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / 2;
    }

    private static double Quantile(IEnumerable<double> values, double quantile)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)(quantile * (sorted.Length - 1))];
    }
}
