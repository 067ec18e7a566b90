using System.Diagnostics;
using System.Globalization;
using ModelSdk.Benchmarking;
using ModelTensors.Kernels;

namespace ModelTensors.Benchmarks;

/// <summary>The quick look: managed, OpenBLAS and the register peak in turn, so that a busy machine slows all of them alike.</summary>
internal static unsafe class MatMulRatios
{
    private const int Rounds = 15;
    private const int PeakIterations = 8_000_000;

    // Some 30 ms a batch: a scheduler may need milliseconds until two woken threads sit on two cores.
    private const double BatchOperations = 2.5e9;
    private const int SpinMilliseconds = 80;

    private sealed record Shape(int M, int N, int K, bool TransposeA = false, bool TransposeB = false, DataType Type = DataType.F32);

    private static readonly Shape[] Shapes =
    [
        new(256, 256, 256),
        new(1024, 1024, 1024),
        new(1024, 1024, 1024, TransposeB: true),
        new(1024, 1024, 1024, TransposeA: true),
        new(1024, 1024, 1024, Type: DataType.BF16),
        new(1024, 1024, 1024, Type: DataType.F16),
        new(2048, 2048, 2048),
        new(4096, 4096, 16),
        new(4096, 16, 4096, TransposeB: true),
        new(16, 4096, 4096, TransposeB: true),
        new(1, 4096, 4096, TransposeB: true),
        new(64, 64, 64),
        new(16, 16, 16),
    ];

    public static void Run(int threads)
    {
        if (OpenBlas.IsAvailable)
        {
            OpenBlas.SetThreads(threads);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{threads} thread(s), medians of {Rounds} interleaved rounds; OpenBLAS ({(OpenBlas.IsAvailable ? OpenBlas.CoreName : "absent")}) has F32 inputs in every row."));
        Console.WriteLine();
        Console.WriteLine("GFLOP/s are medians with the best round behind; on a busy machine the best rounds are those that were left alone.");
        Console.WriteLine();
        Console.WriteLine("| m x n x k | op, type | managed | GFLOP/s | OpenBLAS | register peak | of OpenBLAS (quartiles) | best of best | best of peak |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach (Shape shape in Shapes)
        {
            Measure(shape, threads);
        }
    }

    private static void Measure(Shape shape, int threads)
    {
        (int m, int n, int k, bool transposeA, bool transposeB, DataType type) = shape;
        MatMulMatrix a = Create(m, k, transposeA, type, seed: 1);
        MatMulMatrix b = Create(k, n, transposeB, type, seed: 2);
        MatMulMatrix floatA = Create(m, k, transposeA, DataType.F32, seed: 1);
        MatMulMatrix floatB = Create(k, n, transposeB, DataType.F32, seed: 2);
        MatMulMatrix c = new(m, n, DataType.F32, seed: 3);

        double operations = 2.0 * m * n * k;
        int repeats = (int)Math.Clamp(BatchOperations * threads / operations, 1, 20_000);
        List<double> managed = [];
        List<double> rival = [];
        List<double> peak = [];

        // The first rounds are for the compiler's tiers.
        for (int round = -2; round < Rounds; round++)
        {
            double managedSeconds = Seconds(repeats, () => Gemm.Multiply(a.Operand(transposeA), b.Operand(transposeB), c.Result(), 1, 0, threads));
            double rivalSeconds = !OpenBlas.IsAvailable ? double.NaN : Seconds(repeats, () => OpenBlas.Multiply(
                transposeA ? OpenBlas.Transpose : OpenBlas.NoTranspose, transposeB ? OpenBlas.Transpose : OpenBlas.NoTranspose,
                m, n, k, floatA.Floats, floatA.Columns, floatB.Floats, floatB.Columns, c.Floats, n));

            // The rival's threads keep spinning on their cores for some 30 ms after their last product.
            Thread.Sleep(threads > 1 ? SpinMilliseconds : 0);
            double peakOperations = 0;
            double peakSeconds = Seconds(1, () => peakOperations = FmaPeak.Run(threads, PeakIterations));
            if (round >= 0)
            {
                managed.Add(operations / managedSeconds / 1e9);
                rival.Add(operations / rivalSeconds / 1e9);
                peak.Add(peakOperations / peakSeconds / 1e9);
            }
        }

        // Operands are bare pointers: nothing else keeps the memory of the last round alive.
        Array.ForEach([a, b, floatA, floatB, c], GC.KeepAlive);

        List<double> ratios = [.. managed.Zip(rival, (mine, other) => mine / other)];
        string op = (transposeA ? "T" : "N") + (transposeB ? "T" : "N");
        string[] cells =
        [
            $"{m} x {n} x {k}",
            $"{op} {type}",
            string.Create(CultureInfo.InvariantCulture, $"{operations / Quantile(managed, 0.5) / 1e3:N1} us"),
            MedianAndBest(managed),
            MedianAndBest(rival),
            MedianAndBest(peak),
            string.Create(CultureInfo.InvariantCulture, $"{Quantile(ratios, 0.5):F2} ({Quantile(ratios, 0.25):F2} to {Quantile(ratios, 0.75):F2})"),
            string.Create(CultureInfo.InvariantCulture, $"{managed.Max() / rival.Max():F2}"),
            string.Create(CultureInfo.InvariantCulture, $"{managed.Max() / peak.Max():F2}"),
        ];
        Console.WriteLine($"| {string.Join(" | ", cells)} |");
    }

    private static string MedianAndBest(List<double> rates) =>
        string.Create(CultureInfo.InvariantCulture, $"{Quantile(rates, 0.5):F0} ({rates.Max():F0})");

    private static MatMulMatrix Create(int rows, int columns, bool transposed, DataType type, int seed) =>
        transposed ? new MatMulMatrix(columns, rows, type, seed) : new MatMulMatrix(rows, columns, type, seed);

    /// <summary>Times a batch, after a part of it that is not timed: the rival before has left its data in the caches and its threads awake.</summary>
    private static double Seconds(int repeats, Action action)
    {
        for (int i = 0; i < Math.Max(repeats / 3, 1); i++)
        {
            action();
        }

        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
        {
            action();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }

    private static double Quantile(List<double> values, double quantile) => values.Order().ElementAt((int)(quantile * (values.Count - 1)));
}
