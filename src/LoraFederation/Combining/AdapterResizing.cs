using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace LoraFederation.Combining;

/// <summary>Gives the modules of an adapter other ranks: each becomes the best approximation of its product of that rank (Eckart and Young 1936).</summary>
/// <remarks>
/// Each component has the same norm in both factors, largest components first, so that a prefix of the result is the best of a still lower rank. A rank above that of a product
/// leaves it as it is, with as many components as the product has.
/// </remarks>
public static class AdapterResizing
{
    /// <summary>Resizes an adapter. The result does not depend on the number of threads.</summary>
    /// <param name="adapter">The adapter; it may be closed afterwards, unless it has tensors that replace the model's in full.</param>
    /// <param name="options">How many components are kept of each module: a rank (<see cref="TruncationOptions.MaximumRank"/>), a share of the energy, or both.</param>
    /// <param name="device">Computes.</param>
    /// <param name="outputType">The type of the factors: F32, F16 or BF16; null for the type of the adapter's, module by module.</param>
    /// <param name="cancellationToken">Stops between modules, and inside.</param>
    /// <returns>The adapter in memory, whose modules have the scaling one, and what was cut.</returns>
    /// <exception cref="ArgumentException">The type is another, or no component may be kept.</exception>
    /// <exception cref="FederationException">A tensor holds NaN or infinity, or modules are of DoRA and no products.</exception>
    public static ResizedAdapter Resize(
        LoraAdapter adapter, TruncationOptions options, TensorDevice device, DataType? outputType = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumRank, 1, nameof(options));
        OutputTypes.Check(outputType);
        ClientUpdate update = new("adapter", adapter);
        FederationProblem[] problems = [.. FederationRules.CheckPlain(update), .. FiniteCheck.Check(update, device, cancellationToken)];
        if (problems.Length > 0)
        {
            throw new FederationException(problems);
        }

        AggregationContext context = new(device) { OutputType = outputType, CancellationToken = cancellationToken };
        List<LoraModule> modules = [];
        List<ResizedModule> reports = [];
        foreach (LoraModule module in adapter.Modules)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ModuleContributions alone = new([new Contribution("adapter", 1, module)]);
            using LowRankSum sum = alone.ToSum();
            OrderedFactors factors = TruncatedSvd.Decompose(sum, device, options, cancellationToken: cancellationToken);

            // A product that is zero has no component, and a module has at least one.
            (TensorSource a, TensorSource b) = factors.Rank > 0
                ? (factors.Right.Source, factors.Left.Source)
                : (new HostTensor(DataType.F32, new TensorShape(1, sum.Columns)).Source, new HostTensor(DataType.F32, new TensorShape(sum.Rows, 1)).Source);
            modules.Add(ModuleAggregation.Convert(alone.CreateModule(a, b), outputType ?? alone.CommonType, ModuleAggregation.Bias(alone, context)));
            reports.Add(new ResizedModule(module.Path, (int)module.Rank, (int)modules[^1].Rank, factors.Tail, factors.TotalNorm == 0 ? 0 : factors.Tail / factors.TotalNorm));
        }

        LoraAdapter resized = new(
            modules,
            adapter.WholeTensors,
            new LoraAdapterWriterOptions { BaseModel = adapter.Config.BaseModel, TaskType = adapter.Config.TaskType, IsFanInFanOut = adapter.Config.IsFanInFanOut });
        return new ResizedAdapter(resized, reports);
    }
}
