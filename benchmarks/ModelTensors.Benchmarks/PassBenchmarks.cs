using BenchmarkDotNet.Attributes;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Benchmarks;

/// <summary>How fast is each pass over a tensor in memory?</summary>
[MemoryDiagnoser]
public class PassBenchmarks : IDisposable
{
    private PassTensors? _tensors;
    private HostTensor? _floats;
    private CpuDevice? _device;

    [Params(1 << 19, 1 << 26)]
    public int Elements { get; set; }

    public static IEnumerable<string> Programs => PassProgram.All.Select(program => program.Name);

    [ParamsSource(nameof(Programs))]
    public string Program { get; set; } = string.Empty;

    [GlobalSetup]
    public void Setup()
    {
        _tensors = new PassTensors(Elements, DataType.BF16);
        _floats = new HostTensor(DataType.F32, _tensors.Output.Shape);
        _device = new CpuDevice();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _device?.Dispose();
        _floats?.Dispose();
        _tensors?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void Run() => PassProgram.All.Single(program => string.Equals(program.Name, Program, StringComparison.Ordinal)).Run(_device!, _tensors!);

    [Benchmark(Baseline = true)]
    public void WidenToF32() => _device!.Convert(_tensors!.Sources(0)[0], _floats!.Sink);
}
