using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace LoraFederation.Rounds;

/// <summary>An adapter whose modules are sums of products at bounded rank, largest components first, with the error of every cut so far.</summary>
/// <param name="device">Computes.</param>
/// <param name="maximumRank">The greatest rank of a module.</param>
/// <param name="previous">What was cut before; null for nothing.</param>
/// <param name="cancellationToken">Stops the work.</param>
internal sealed class AccumulatedAdapter(TensorDevice device, int maximumRank, ManifestCumulative? previous, CancellationToken cancellationToken) : IDisposable
{
    private readonly Dictionary<string, CumulativeModule> _before = previous?.Modules.ToDictionary(module => module.Path, StringComparer.Ordinal) ?? [];
    private readonly List<LoraModule> _modules = [];
    private readonly List<CumulativeModule> _reports = [];
    private readonly List<HostTensor> _owned = [];

    public IReadOnlyList<CumulativeModule> Reports => _reports;

    /// <summary>Adds a module: the sum of terms.</summary>
    /// <param name="terms">The terms, of one path and size; at least one.</param>
    /// <param name="biases">The terms of its bias; empty for none.</param>
    /// <param name="type">The type of the factors.</param>
    public void Add(IReadOnlyList<LowRankTerm> terms, IReadOnlyList<(double Weight, TensorSource Bias)> biases, DataType type)
    {
        LoraModule first = terms[0].Module;
        using LowRankSum sum = new(terms);
        CumulativeModule? before = _before.GetValueOrDefault(first.Path);
        CumulativeAdapter cumulative = CumulativeAdapter.Resume(
            sum, before?.TruncationError ?? 0, before?.TruncationErrorBound ?? 0, device, new TruncationOptions { MaximumRank = maximumRank }, cancellationToken);
        OrderedFactors factors = cumulative.Factors;
        _owned.AddRange([factors.Left, factors.Right]);
        TensorSource? bias = biases.Count == 0 ? null : FactorMeans.Sum(biases, new AggregationContext(device) { CancellationToken = cancellationToken }).Source;
        HostTensor a = factors.Right;
        HostTensor b = factors.Left;
        if (factors.Rank == 0)
        {
            // Clients have to find the module: one component that adds nothing.
            a = new HostTensor(DataType.F32, new TensorShape(1, sum.Columns));
            b = new HostTensor(DataType.F32, new TensorShape(sum.Rows, 1));
            _owned.AddRange([a, b]);
        }

        ModuleContributions shape = new([new Contribution(string.Empty, 1, first)]);
        _modules.Add(shape.CreateModule(
            ConvertedSource.Of(a.Source, type), ConvertedSource.Of(b.Source, type), bias is null ? null : ConvertedSource.Of(bias, type)));
        _reports.Add(new CumulativeModule(first.Path, factors.Rank, factors.TotalNorm, cumulative.TruncationError, cumulative.TruncationErrorBound));
    }

    /// <summary>Writes the modules and tensors that replace the model's.</summary>
    public void Save(string folder, IReadOnlyDictionary<string, TensorSource> whole, LoraAdapterWriterOptions options) =>
        new LoraAdapter(_modules, whole, options).Save(folder, device, options, cancellationToken);

    public void Dispose() => _owned.ForEach(tensor => tensor.Dispose());
}
