using System.Diagnostics;
using System.Globalization;
using DataShapley.Clustering;
using ModelTensors;
using ModelTensors.Benchmarks;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace DataShapley.Benchmarks;

/// <summary>k-means beside what bounds it: the product of the same sizes, and the register peak; and what skipping saves over a whole run.</summary>
internal static class KMeansRatios
{
    private const int PeakIterations = 20_000_000;
    private const int Rounds = 3;
    private const int TopicsPerRow = 400;

    /// <summary>Measures 100,000 × 384 with 3,000 clusters; quick, 5,000 × 64 with 150.</summary>
    public static void Run(int threads, bool isQuick)
    {
        (int count, int dimension, int clusters, int iterations) = isQuick ? (5_000, 64, 150, 10) : (100_000, 384, 3_000, 15);
        using CpuDevice device = new(new CpuDeviceOptions { Threads = threads });
        EmbeddingRows rows = EmbeddingRows.Of(Embeddings(count, dimension), dimension);
        KMeansOptions options = new()
        {
            Clusters = clusters,
            Threads = threads,
            Initialization = KMeansInitialization.RandomRows,
            Iterations = iterations,
            UsesBounds = false,
        };
        using CenteredRows points = new(rows, threads, CancellationToken.None);
        double[] initial = KMeans.Initialize(points, clusters, options, 0);
        double operations = 2.0 * count * clusters * dimension;

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{count} x {dimension}, {clusters} clusters, {device.Description}; {Rounds} interleaved rounds, medians and bests."));
        Console.WriteLine();
        List<double> peak = [];
        List<double> product = [];
        List<double> iteration = [];
        for (int round = -1; round < Rounds; round++)
        {
            double peakOperations = 0;
            double peakSeconds = Seconds(() => peakOperations = FmaPeak.Run(threads, PeakIterations));
            double productSeconds = Seconds(() => Multiply(points, clusters, device));
            double iterationSeconds = Iteration(points, initial, device, options);
            if (round >= 0)
            {
                peak.Add(peakOperations / peakSeconds / 1e9);
                product.Add(operations / productSeconds / 1e9);
                iteration.Add(operations / iterationSeconds / 1e9);
            }
        }

        Console.WriteLine("| what | seconds | GFLOP/s | best | of the peak |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        Write("register peak", peak, operations, peak);
        Write("product of the same sizes", product, operations, peak);
        Write("full Lloyd iteration", iteration, operations, peak);
        Console.WriteLine();
        Console.WriteLine("| whole run | iterations | seconds | distances by products | inertia |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        options = options with { Tolerance = 0 };
        WriteRun("without bounds", points, initial, device, options);
        WriteRun("with bounds", points, initial, device, options with { UsesBounds = true });
        int seeds = isQuick ? clusters : clusters / 10;
        double seeding = Seconds(() => KMeans.Initialize(points, seeds, options with { Initialization = KMeansInitialization.GreedyPlusPlus }, 0));
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Greedy k-means++ of {seeds} centroids: {seeding:F2} s."));
    }

    /// <summary>Unit vectors of topics with subtopics, as sentence embeddings are.</summary>
    private static float[] Embeddings(int count, int dimension)
    {
        Random random = new(17);
        int topics = Math.Max(count / TopicsPerRow, 1);
        float[] topic = Normals(random, topics * dimension, 1);
        float[] subtopic = Normals(random, topics * 10 * dimension, 0.7f);
        float[] values = Normals(random, count * dimension, 1);
        for (int row = 0; row < count; row++)
        {
            int sub = random.Next(topics * 10);
            Span<float> own = values.AsSpan(row * dimension, dimension);
            double norm = 0;
            for (int i = 0; i < dimension; i++)
            {
                own[i] += topic[(sub / 10 * dimension) + i] + subtopic[(sub * dimension) + i];
                norm += own[i] * (double)own[i];
            }

            for (int i = 0; i < dimension; i++)
            {
                own[i] = (float)(own[i] / Math.Sqrt(norm));
            }
        }

        return values;
    }

    private static float[] Normals(Random random, int count, float scale)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = scale * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }

    private static void Multiply(CenteredRows points, int clusters, CpuDevice device)
    {
        const int Block = 2048;
        int dimension = points.Rows.Dimension;
        using HostTensor result = new(DataType.F32, new TensorShape(Block, clusters));
        Matrix columns = points.Matrix.Block(0, 0, clusters, dimension).Transposed;
        for (int first = 0; first < points.Rows.Count; first += Block)
        {
            int count = Math.Min(Block, points.Rows.Count - first);
            device.MatMul(points.Matrix.Block(first, 0, count, dimension), columns, Matrix.Of(result).Block(0, 0, count, clusters));
        }
    }

    /// <summary>Times the second iteration: new means, then all distances.</summary>
    private static double Iteration(CenteredRows points, double[] initial, CpuDevice device, KMeansOptions options)
    {
        Watch watch = new();
        using Lloyd lloyd = new(points, [.. initial], device, options with { Iterations = 2, Tolerance = 0 });
        lloyd.Run(options.Clusters, watch);
        return Stopwatch.GetElapsedTime(watch.Ends[0], watch.Ends[1]).TotalSeconds;
    }

    private static void WriteRun(string name, CenteredRows points, double[] initial, CpuDevice device, KMeansOptions options)
    {
        using Lloyd lloyd = new(points, [.. initial], device, options);
        ClusterAssignment? found = null;
        double seconds = Seconds(() => found = lloyd.Run(options.Clusters, progress: null));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {name} | {found!.Iterations}{(found.HasConverged ? " (converged)" : string.Empty)} | {seconds:F2} | {lloyd.Products:E2} | {found.Inertia:R} |"));
    }

    private static void Write(string name, List<double> rates, double operations, List<double> peak)
    {
        double median = rates.Order().ElementAt(rates.Count / 2);
        double ratio = rates.Zip(peak, (rate, limit) => rate / limit).Order().ElementAt(rates.Count / 2);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {name} | {operations / median / 1e9:F3} | {median:F0} | {rates.Max():F0} | {ratio:F2} |"));
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private sealed class Watch : IProgress<KMeansProgress>
    {
        public List<long> Ends { get; } = [];

        public void Report(KMeansProgress value) => Ends.Add(Stopwatch.GetTimestamp());
    }
}
