using System.Diagnostics;
using System.Globalization;
using LoraFederation.LowRank;
using ModelSdk.Benchmarking;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Benchmarks;

/// <summary>What it takes to cut the stack of one module of 4096 × 4096 from rank 160 to 16, beside its two Gram products alone, in turn in one run.</summary>
internal static class RecompressionRatios
{
    private const int Kept = 16;

    // Both triangles of two products; the kernels compute one of each.
    private static readonly double GramOperations = 2.0 * 2 * LlamaClients.Side * LlamaClients.Ranks.Sum() * LlamaClients.Ranks.Sum();

    public static void Run(int threads, bool isQuick)
    {
        int rounds = isQuick ? 2 : 21;
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads });
        using LlamaClients clients = new(DataType.F32, modules: 1);
        using LowRankSum sum = new([.. clients.Updates.Select(update => new LowRankTerm(update.Adapter.Modules[0], update.Adapter.Modules[0].Scaling / clients.Updates.Count))]);
        (string Name, Action Action, List<double> Seconds)[] work =
        [
            ("two Gram products, in double", () => FactorGrams.Compute(sum, device), []),
            ("singular values alone", () => TruncatedSvd.Spectrum(sum, device, SvdMethod.Gram), []),
            ($"to rank {Kept}, by Gram matrices", () => TruncatedSvd.Decompose(sum, device, new TruncationOptions { MaximumRank = Kept, Method = SvdMethod.Gram }).Dispose(), []),
            ($"to rank {Kept}, by QR", () => TruncatedSvd.Decompose(sum, device, new TruncationOptions { MaximumRank = Kept, Method = SvdMethod.Qr }).Dispose(), []),
            ("two Gram products, sgemm of OpenBLAS, in float", () => OpenBlasGrams(sum, threads), []),
        ];
        for (int round = -2; round < rounds; round++)
        {
            foreach ((_, Action action, List<double> seconds) in work)
            {
                long start = Stopwatch.GetTimestamp();
                action();
                if (round >= 0)
                {
                    seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                }
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{threads} threads, one module of 4096 × 4096, R = {sum.Rank}; medians of {rounds} interleaved rounds."));
        Console.WriteLine();
        Console.WriteLine("| | ms | of the Gram products (quartiles) |");
        Console.WriteLine("|---|---:|---:|");
        foreach ((string name, _, List<double> seconds) in work)
        {
            double[] ratios = [.. seconds.Zip(work[0].Seconds, (own, gram) => own / gram).Order()];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {Median(seconds) * 1e3:F2} | {ratios[ratios.Length / 2]:F2} ({ratios[ratios.Length / 4]:F2} to {ratios[ratios.Length * 3 / 4]:F2}) |"));
        }

        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"The Gram products run at {GramOperations / Median(work[0].Seconds) / 1e9:F0} GFLOP/s in double, both triangles counted; one is computed."));
    }

    private static unsafe void OpenBlasGrams(LowRankSum sum, int threads)
    {
        if (!OpenBlas.IsAvailable)
        {
            return;
        }

        OpenBlas.SetThreads(threads);
        int rank = sum.Rank;
        using HostTensor products = new(DataType.F32, new TensorShape(rank, rank));
        fixed (float* left = sum.Left.AsSpan<float>(0, (int)sum.Left.Shape.ElementCount))
        fixed (float* right = sum.Right.AsSpan<float>(0, (int)sum.Right.Shape.ElementCount))
        fixed (float* result = products.AsSpan<float>(0, rank * rank))
        {
            OpenBlas.Multiply(OpenBlas.Transpose, OpenBlas.NoTranspose, rank, rank, (int)sum.Rows, left, rank, left, rank, result, rank);
            OpenBlas.Multiply(OpenBlas.NoTranspose, OpenBlas.Transpose, rank, rank, (int)sum.Columns, right, (int)sum.Columns, right, (int)sum.Columns, result, rank);
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
