using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Running;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelSdk.Benchmarking;
using ModelTensors;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Benchmarks;

/// <summary>What does each registered method cost for one tensor in memory, bf16 in and out, at all threads, beside a copy of the same tensors?</summary>
[Config(typeof(MethodConfig))]
public class MethodBenchmarks : IDisposable
{
    private const string CopyOf = "copy of ";
    private const int Columns = 4096;

    // The cases of a run follow each other in one process and share their tensors: of the base and three models, and the output.
    private static HostTensor[] _tensors = [];

    private CpuDevice? _device;
    private MergePlan? _plan;
    private Action? _run;

    /// <summary>Gets the rows of a tensor that stays in the caches, and of one that is past them.</summary>
    public static IEnumerable<int> Sizes => ShortConfig.IsQuick ? [16] : [1 << 7, 1 << 14];

    public static IEnumerable<string> Cases =>
        [.. MethodCase.All.Select(method => method.Inputs).Distinct().Order().Select(Copy), .. MethodCase.All.Select(method => method.Method.Name)];

    [ParamsSource(nameof(Sizes))]
    public int Rows { get; set; }

    [ParamsSource(nameof(Cases))]
    public string Case { get; set; } = string.Empty;

    [GlobalSetup]
    public void Setup()
    {
        HostTensor[] tensors = Tensors(Rows);
        CpuDevice device = _device = new CpuDevice();
        TensorSink output = tensors[^1].Sink;
        if (Find(Case) is not { } method)
        {
            int inputs = MethodCase.All.First(method => string.Equals(Copy(method.Inputs), Case, StringComparison.Ordinal)).Inputs;
            TensorSource[] sources = [.. tensors.Take(inputs).Select(tensor => tensor.Source)];
            _run = () => StorageCopy.Run(sources, output, device.Options.Threads);
            return;
        }

        MergePlan plan = _plan = MethodCase.Plan(method.Method, method.Models, tensors);
        PlannedTensor tensor = plan.Tensors[0];
        _run = () =>
        {
            using TensorSession session = device.Open([.. tensor.Inputs.Select(input => input.Source)]);
            method.Method.Merge(new TensorMerge(tensor, device, session, new SessionOptions(), output, seed: 1));
        };
    }

    [Benchmark]
    public void Merge() => _run!();

    [GlobalCleanup]
    public void Dispose()
    {
        _plan?.Dispose();
        _device?.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static Workload Work(BenchmarkCase benchmark)
    {
        string name = (string)benchmark.Parameters[nameof(Case)];
        long elements = (long)(int)benchmark.Parameters[nameof(Rows)] * Columns;
        int inputs = (Find(name) ?? MethodCase.All.First(method => string.Equals(Copy(method.Inputs), name, StringComparison.Ordinal))).Inputs;
        return new Workload(elements, (inputs + 1L) * elements * DataType.BF16.Size, Copy(inputs));
    }

    private static string Copy(int inputs) => CopyOf + inputs;

    private static MethodCase? Find(string name) => MethodCase.All.FirstOrDefault(method => string.Equals(method.Method.Name, name, StringComparison.Ordinal));

    private static HostTensor[] Tensors(int rows)
    {
        TensorShape shape = new(rows, Columns);
        if (_tensors.Length == 0 || _tensors[0].Shape != shape)
        {
            Array.ForEach(_tensors, tensor => tensor.Dispose());
            _tensors = [.. Enumerable.Range(0, SyntheticWeights.Names.Length + 1).Select(_ => new HostTensor(DataType.BF16, shape))];
            Parallel.For(0, rows * SyntheticWeights.Names.Length, index =>
            {
                (int model, int row) = (index / rows, index % rows);
                SyntheticWeights.Fill(_tensors[model].AsSpan<ushort>((long)row * Columns, Columns), (long)row * Columns, model);
            });
        }

        return _tensors;
    }

    private sealed class MethodConfig() : ShortConfig(WorkloadColumn.For(Work));
}
