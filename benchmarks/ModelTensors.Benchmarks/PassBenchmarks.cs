using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Running;
using ModelSdk.Benchmarking;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Benchmarks;

/// <summary>What does each program of passes cost over tensors in memory, beside a copy of the same tensors?</summary>
[Config(typeof(PassConfig))]
public class PassBenchmarks : IDisposable
{
    private const string CopyOf = "copy of ";

    // The cases of a run follow each other in one process and share their tensors.
    private static PassTensors? _tensors;
    private static int _elements;

    private CpuDevice? _device;
    private Action? _run;

    /// <summary>Gets one size that stays in the caches, and one that is past any.</summary>
    public static IEnumerable<int> Sizes => ShortConfig.IsQuick ? [1 << 16] : [1 << 19, 1 << 27];

    public static IEnumerable<string> Cases => [.. Enumerable.Range(2, 3).Select(Copy), .. PassProgram.All.Select(program => program.Name)];

    [ParamsSource(nameof(Sizes))]
    public int Elements { get; set; }

    [ParamsSource(nameof(Cases))]
    public string Case { get; set; } = string.Empty;

    [GlobalSetup]
    public void Setup()
    {
        PassTensors tensors = Tensors(Elements);
        CpuDevice device = _device = new CpuDevice();
        if (PassProgram.All.FirstOrDefault(program => string.Equals(program.Name, Case, StringComparison.Ordinal)) is { } program)
        {
            _run = () => program.Run(device, tensors);
        }
        else
        {
            TensorSource[] inputs = tensors.Sources([.. Enumerable.Range(0, Enumerable.Range(2, 3).First(count => string.Equals(Copy(count), Case, StringComparison.Ordinal)))]);
            _run = () => StorageCopy.Run(inputs, tensors.Output.Sink, device.Options.Threads);
        }
    }

    [Benchmark]
    public void Run() => _run!();

    [GlobalCleanup]
    public void Dispose()
    {
        _device?.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static Workload Work(BenchmarkCase benchmark)
    {
        string name = (string)benchmark.Parameters[nameof(Case)];
        int elements = (int)benchmark.Parameters[nameof(Elements)];
        int inputs = PassProgram.All.FirstOrDefault(program => string.Equals(program.Name, name, StringComparison.Ordinal))?.CopyInputs
            ?? Enumerable.Range(2, 3).First(count => string.Equals(Copy(count), name, StringComparison.Ordinal));
        return new Workload(elements, (inputs + 1L) * elements * DataType.BF16.Size, Copy(inputs));
    }

    private static string Copy(int inputs) => CopyOf + inputs;

    private static PassTensors Tensors(int elements)
    {
        if (_tensors is null || _elements != elements)
        {
            _tensors?.Dispose();
            _tensors = new PassTensors(elements, DataType.BF16);
            _elements = elements;
        }

        return _tensors;
    }

    private sealed class PassConfig() : ShortConfig(WorkloadColumn.For(Work));
}
