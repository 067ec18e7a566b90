using System.Diagnostics;
using System.Globalization;
using LoraFederation.Aggregators;
using ModelSdk.Benchmarking;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Benchmarks;

/// <summary>How far a stack of a whole model's adapters is from a plain copy of the same bytes, in turn in one run.</summary>
internal static class StackRatios
{
    private const int Rounds = 15;

    public static void Run(int threads, bool isQuick)
    {
        int modules = isQuick ? 2 : 64;
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{threads} threads, {modules} modules of 4096 × 4096, 10 clients, R = {LlamaClients.Ranks.Sum()}; medians of {Rounds} interleaved rounds."));
        Console.WriteLine();
        Console.WriteLine("| type | weight on | stack, ms | copy, ms | GB/s | of copy (quartiles) |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|");
        foreach (DataType type in (DataType[])[DataType.F32, DataType.BF16, DataType.F16])
        {
            using LlamaClients clients = new(type, modules);
            foreach (WeightPlacement placement in (WeightPlacement[])[WeightPlacement.OnA, WeightPlacement.OnB])
            {
                Measure(clients, type, placement, device);
            }
        }
    }

    private static void Measure(LlamaClients clients, DataType type, WeightPlacement placement, CpuDevice device)
    {
        // The weights and checks are not what is measured: the same contributions each time.
        Federation federation = Federation.Create(clients.Updates);
        double[] weights = [.. clients.Updates.Select(_ => 1.0 / clients.Updates.Count)];
        AggregationContext context = new(device) { Placement = placement };
        FloraAggregator flora = new();
        LoraModule[] stacks =
        [
            .. federation.ModulePaths.Select(path => flora.Aggregate(federation.Contributions(path, weights, MissingModulePolicy.TreatAsZero), context with { OutputType = type }).Global),
        ];
        List<(TensorSource Source, HostTensor Place)> work = [.. stacks.SelectMany(module => new[] { module.A, module.B }).Select(source => (source, new HostTensor(type, source.Shape)))];
        List<(HostTensor Source, HostTensor Place)> copies = [.. work.Select(item => (new HostTensor(type, item.Source.Shape), item.Place))];
        List<double> stack = [];
        List<double> copy = [];
        for (int round = -2; round < Rounds; round++)
        {
            double own = Seconds(() => AdapterMemory.Read(work, device.Options.Threads, CancellationToken.None));
            double plain = Seconds(() => copies.ForEach(item => StorageCopy.Run([item.Source.Source], item.Place.Sink, device.Options.Threads)));
            if (round >= 0)
            {
                stack.Add(own);
                copy.Add(plain);
            }
        }

        double bytes = work.Sum(item => 2.0 * item.Source.ByteLength);
        double[] ratios = [.. stack.Zip(copy, (own, plain) => own / plain).Order()];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {type} | {(placement == WeightPlacement.OnA ? "A" : "B")} | {Median(stack) * 1e3:F0} | {Median(copy) * 1e3:F0} | {bytes / Median(stack) / 1e9:F1} | "
            + $"{ratios[ratios.Length / 2]:F2} ({ratios[ratios.Length / 4]:F2} to {ratios[ratios.Length * 3 / 4]:F2}) |"));
        work.ForEach(item => item.Place.Dispose());
        copies.ForEach(item => item.Source.Dispose());
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
