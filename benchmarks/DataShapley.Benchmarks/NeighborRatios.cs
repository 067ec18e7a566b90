using System.Diagnostics;
using System.Globalization;
using DataShapley.Neighbors;
using ModelTensors;
using ModelTensors.Benchmarks;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace DataShapley.Benchmarks;

/// <summary>Exact neighbour values beside their parts: the product of the same sizes, the sorting of as many lists, and the register peak, in turn.</summary>
internal static class NeighborRatios
{
    private const int K = 5;
    private const int Classes = 10;
    private const int PeakIterations = 8_000_000;

    private sealed record Size(int Rows, int Tests, int Width, int Rounds);

    private sealed record Part(string Name, Action Run)
    {
        public List<double> Seconds { get; } = [];

        public double Median => Seconds.Order().ElementAt((Seconds.Count - 1) / 2);
    }

    public static void Run(int threads, bool isQuick)
    {
        Size size = isQuick ? new(2_000, 96, 64, Rounds: 3) : new(50_000, 1_000, 384, Rounds: 5);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads });
        using HostTensor train = Gaussian(size.Rows, size.Width, seed: 1);
        using HostTensor test = Gaussian(size.Tests, size.Width, seed: 2);
        using HostTensor products = new(DataType.F32, new TensorShape(size.Tests, size.Rows));
        NeighborData<int> trainData = new(Matrix.Of(train), Labels(size.Rows, 3));
        NeighborData<int> testData = new(Matrix.Of(test), Labels(size.Tests, 4));
        Random random = new(5);
        float[] values = [.. Enumerable.Range(0, size.Rows).Select(_ => random.NextSingle())];
        double peakOperations = 0;

        // Half the rows lie within the mean distance of Gaussian points.
        KnnThreshold threshold = new(2.0 * size.Width);
        KnnClassification game = new() { K = K };
        Part product = new("product", () => device.MatMul(Matrix.Of(test), Matrix.Of(train).Transposed, Matrix.Of(products)));
        Part sort = new("argsort", () => Sort(values, size.Tests, threads));
        Part peak = new("register peak", () => peakOperations = FmaPeak.Run(threads, PeakIterations));
        Part distances = new("distances", () => device.ForEachDistanceTile(Matrix.Of(test), Matrix.Of(train), DistanceMetric.SquaredEuclidean, static _ => { }));
        Part[] parts =
        [
            product,
            sort,
            peak,
            distances,
            new("KNN-Shapley, float order", () => (game with { ExactNeighbors = 0 }).Value(device, trainData, testData)),
            new($"KNN-Shapley, exact order of {game.ExactNeighbors}", () => game.Value(device, trainData, testData)),
            new("KNN-Shapley, within 0.01", () => (game with { Tolerance = 0.01 }).Value(device, trainData, testData)),
            new("threshold KNN", () => threshold.Value(device, trainData, testData)),
        ];
        for (int round = -1; round < size.Rounds; round++)
        {
            foreach (Part part in parts)
            {
                long start = Stopwatch.GetTimestamp();
                part.Run();
                if (round >= 0)
                {
                    part.Seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                }
            }
        }

        double operations = 2.0 * size.Rows * size.Tests * size.Width;
        double peakRate = peakOperations / peak.Median;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{size.Rows} rows, {size.Tests} test points, {size.Width} features, K = {K}, {threads} thread(s); medians of {size.Rounds} interleaved rounds, the best behind."));
        Console.WriteLine();
        Console.WriteLine("| part | ms | GFLOP/s | of the register peak | of product + argsort | of their best |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach (Part part in parts)
        {
            string speed = part == peak ? string.Create(CultureInfo.InvariantCulture, $"{peakRate / 1e9:F0} | 100 %")
                : part == sort ? " | "
                : string.Create(CultureInfo.InvariantCulture, $"{operations / part.Median / 1e9:F0} | {operations / part.Median / peakRate * 100:F0} %");
            string ratio = part == peak ? " | "
                : string.Create(CultureInfo.InvariantCulture, $"{part.Median / (product.Median + sort.Median):F2} | {part.Seconds.Min() / (product.Seconds.Min() + sort.Seconds.Min()):F2}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {part.Name} | {part.Median * 1e3:F0} ({part.Seconds.Min() * 1e3:F0}) | {speed} | {ratio} |"));
        }

        Console.WriteLine();
    }

    private static void Sort(float[] values, int count, int threads) =>
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
        {
            RadixOrder radix = new(values.Length);
            int[] order = new int[values.Length];
            for (int i = thread; i < count; i += threads)
            {
                radix.Sort(values, order);
            }
        });

    private static int[] Labels(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Classes))];
    }

    private static HostTensor Gaussian(int rows, int columns, int seed)
    {
        Random random = new(seed);
        HostTensor tensor = new(DataType.F32, new TensorShape(rows, columns));
        for (int row = 0; row < rows; row++)
        {
            foreach (ref float value in tensor.AsSpan<float>((long)row * columns, columns))
            {
                value = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            }
        }

        return tensor;
    }
}
