using BenchmarkDotNet.Attributes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Benchmarks;

/// <summary>What does each method cost for one tensor of 4096 × 4096 bf16 elements, in memory, at all threads? Divide by 16.8 million for the time of a parameter.</summary>
[MemoryDiagnoser]
public class MethodBenchmarks : IDisposable
{
    private const string Tensor = "layer.weight";

    private readonly CpuDevice _device = new();
    private readonly List<HostTensor> _tensors = [];
    private ModelMerger? _merger;
    private MergePlan? _plan;

    [Params("linear", "slerp", "task_arithmetic", "ties", "dare_ties", "passthrough")]
    public string Method { get; set; } = "linear";

    [GlobalSetup]
    public void Setup()
    {
        TensorShape shape = new(4096, 4096);
        KeyValuePair<string, TensorSet>[] models = [.. SyntheticWeights.Names.Select((name, index) =>
        {
            HostTensor tensor = new(DataType.BF16, shape);
            SyntheticWeights.Fill(tensor.AsSpan<ushort>(0, checked((int)shape.ElementCount)), 0, index);
            _tensors.Add(tensor);
            return KeyValuePair.Create<string, TensorSet>(name, new MemoryTensorSet([new(Tensor, tensor)]));
        })];
        _merger = new ModelMerger(new MemoryModelResolver(models));
        _plan = _merger.Plan(SyntheticWeights.Recipe(Method, name => name));
    }

    [Benchmark]
    public int Merge()
    {
        using MergedModel merged = _merger!.MergeInMemory(_plan!, new MergeOptions { Device = _device });
        return merged.Names.Count;
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _plan?.Dispose();
        _device.Dispose();
        _tensors.ForEach(tensor => tensor.Dispose());
        GC.SuppressFinalize(this);
    }
}
