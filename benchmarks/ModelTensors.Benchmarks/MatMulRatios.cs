using System.Diagnostics;
using System.Globalization;
using ModelTensors.Kernels;

namespace ModelTensors.Benchmarks;

/// <summary>The quick look: managed, OpenBLAS and the register peak in turn, so that a busy machine slows all of them alike.</summary>
internal static unsafe class MatMulRatios
{
    private const int Rounds = 15;
    private const int PeakIterations = 2_000_000;

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
            CultureInfo.InvariantCulture, $"{threads} threads, medians of {Rounds} interleaved rounds; OpenBLAS has F32 inputs in every row."));
        Console.WriteLine();
        Console.WriteLine("| m x n x k | op, type | managed | GFLOP/s | OpenBLAS GFLOP/s | peak GFLOP/s | of OpenBLAS (quartiles) | of peak |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|");
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
        int repeats = (int)Math.Clamp(2e8 / operations, 1, 5000);
        List<double> managed = [];
        List<double> rival = [];
        List<double> peak = [];

        // The first rounds are for the compiler's tiers and for the rival's threads.
        for (int round = -3; round < Rounds; round++)
        {
            double managedSeconds = Seconds(repeats, () => Gemm.Multiply(a.Operand(transposeA), b.Operand(transposeB), c.Result(), 1, 0, threads));
            double rivalSeconds = !OpenBlas.IsAvailable ? double.NaN : Seconds(repeats, () => OpenBlas.Multiply(
                transposeA ? OpenBlas.Transpose : OpenBlas.NoTranspose, transposeB ? OpenBlas.Transpose : OpenBlas.NoTranspose,
                m, n, k, floatA.Floats, floatA.Columns, floatB.Floats, floatB.Columns, c.Floats, n));
            long start = Stopwatch.GetTimestamp();
            double peakOperations = FmaPeak.Run(threads, PeakIterations);
            double peakSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (round >= 0)
            {
                managed.Add(operations / managedSeconds / 1e9);
                rival.Add(operations / rivalSeconds / 1e9);
                peak.Add(peakOperations / peakSeconds / 1e9);
            }
        }

        List<double> ratios = [.. managed.Zip(rival, (mine, other) => mine / other)];
        string op = (transposeA ? "T" : "N") + (transposeB ? "T" : "N");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {m} x {n} x {k} | {op} {type} | {operations / Quantile(managed, 0.5) / 1e3:N1} us | {Quantile(managed, 0.5):F1} | {Quantile(rival, 0.5):F1} | {Quantile(peak, 0.5):F1} | {Quantile(ratios, 0.5):F2} ({Quantile(ratios, 0.25):F2} to {Quantile(ratios, 0.75):F2}) | {Quantile(managed, 0.5) / Quantile(peak, 0.5):F2} |"));
    }

    private static MatMulMatrix Create(int rows, int columns, bool transposed, DataType type, int seed) =>
        transposed ? new MatMulMatrix(columns, rows, type, seed) : new MatMulMatrix(rows, columns, type, seed);

    private static double Seconds(int repeats, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
        {
            action();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }

    private static double Quantile(List<double> values, double quantile) => values.Order().ElementAt((int)(quantile * (values.Count - 1)));
}
