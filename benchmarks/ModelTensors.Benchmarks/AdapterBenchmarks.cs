using BenchmarkDotNet.Attributes;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Benchmarks;

/// <summary>What folding an adapter adds to copying a bf16 weight of 4096² from memory to memory.</summary>
[MemoryDiagnoser]
public class AdapterBenchmarks : IDisposable
{
    private const int Side = 4096;

    private readonly CpuDevice _device = new(new CpuDeviceOptions { Threads = 2 });
    private readonly string _folder = Directory.CreateTempSubdirectory("adapter-benchmark-").FullName;
    private readonly HostTensor _weights = new(DataType.BF16, new TensorShape(Side, Side));
    private readonly HostTensor _output = new(DataType.BF16, new TensorShape(Side, Side));
    private AdaptedModel? _adapted;

    [Params(8, 16, 64)]
    public int Rank { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        string folder = Path.Combine(_folder, $"{Rank}");
        using LoraAdapterWriter writer = new();
        writer.Add("layer", LoraModuleKind.Linear, Ones(Rank, Side), Ones(Side, Rank));
        writer.Write(folder, _device, new LoraAdapterWriterOptions { Overwrite = true });
        _adapted = new AdaptedModel(new MemoryTensorSet([new("layer.weight", _weights)]), LoraAdapter.Open(folder));
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _adapted?.Dispose();
        _weights.Dispose();
        _output.Dispose();
        _device.Dispose();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public void Plain() => Sum(_weights.Source);

    [Benchmark]
    public void Folded() => Sum(_adapted!.TryGet("layer.weight", out TensorSource? source) ? source : throw new InvalidOperationException("The model lost its weight."));

    private void Sum(TensorSource source)
    {
        using TensorSession session = _device.Open([source]);
        session.Map(new WeightedSumMap((0, 1)), _output.Sink);
    }

    private static HostTensor Ones(int rows, int columns)
    {
        float[] values = new float[rows * columns];
        Array.Fill(values, 0.01f);
        return HostTensor.FromSingles(values, new TensorShape(rows, columns));
    }
}
