using BenchmarkDotNet.Attributes;
using ModelSdk.Benchmarking;
using ModelTensors.Kernels;

namespace ModelTensors.Benchmarks;

/// <summary>How fast is a square product, against OpenBLAS on the same threads?</summary>
[Config(typeof(ShortConfig))]
public class MatMulBenchmarks
{
    private MatMulMatrix? _a;
    private MatMulMatrix? _b;
    private MatMulMatrix? _a16;
    private MatMulMatrix? _b16;
    private MatMulMatrix? _c;

    [Params(256, 1024, 2048)]
    public int Size { get; set; }

    private static int Threads => Environment.ProcessorCount;

    [GlobalSetup]
    public void Setup()
    {
        _a = new MatMulMatrix(Size, Size, DataType.F32, seed: 1);
        _b = new MatMulMatrix(Size, Size, DataType.F32, seed: 2);
        _a16 = new MatMulMatrix(Size, Size, DataType.BF16, seed: 1);
        _b16 = new MatMulMatrix(Size, Size, DataType.BF16, seed: 2);
        _c = new MatMulMatrix(Size, Size, DataType.F32, seed: 3);
        if (OpenBlas.IsAvailable)
        {
            OpenBlas.SetThreads(Threads);
        }
    }

    [Benchmark(Baseline = true)]
    public unsafe void OpenBlasF32()
    {
        // A missing library shows as a failed row, not as a number.
        if (!OpenBlas.IsAvailable)
        {
            throw new NotSupportedException("OpenBLAS is not installed.");
        }

        OpenBlas.Multiply(
            OpenBlas.NoTranspose, OpenBlas.NoTranspose, Size, Size, Size, _a!.Floats, Size, _b!.Floats, Size, _c!.Floats, Size);
    }

    [Benchmark]
    public void ManagedF32() => Gemm.Multiply(_a!.Operand(), _b!.Operand(), _c!.Result(), 1, 0, Threads);

    [Benchmark]
    public void ManagedBF16() => Gemm.Multiply(_a16!.Operand(), _b16!.Operand(), _c!.Result(), 1, 0, Threads);
}
