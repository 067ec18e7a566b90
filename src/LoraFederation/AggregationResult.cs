using LoraFederation.Privacy;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;

namespace LoraFederation;

/// <summary>What an aggregation gives: adapters whose factors may be computed while they are read, so the clients' adapters stay open until it is saved.</summary>
public sealed class AggregationResult
{
    private readonly TensorDevice _device;
    private readonly LoraAdapterWriterOptions _options;

    internal AggregationResult(TensorDevice device, LoraAdapterWriterOptions options, LoraAdapter adapter, IReadOnlyDictionary<string, double> weights)
    {
        _device = device;
        _options = options;
        Adapter = adapter;
        Weights = weights;
    }

    /// <summary>Gets the adapter for every client. Every module's scaling is one.</summary>
    public LoraAdapter Adapter { get; }

    /// <summary>Gets what every client adds to its base beside the adapter: the aggregate is the sum of both.</summary>
    /// <value>Null for methods without one.</value>
    public LoraAdapter? Residual { get; init; }

    /// <summary>Gets the adapters of single clients, by their names, for methods that make such.</summary>
    public IReadOnlyDictionary<string, LoraAdapter> Personal { get; init; } = new Dictionary<string, LoraAdapter>(StringComparer.Ordinal);

    /// <summary>Gets how much each client counted, by its name; the sum is one, unless the recipe's rule gives weights that are not relative.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; }

    /// <summary>Gets what clipping did.</summary>
    /// <value>Null where the recipe does not clip.</value>
    public ClippingReport? Clipping { get; init; }

    /// <summary>Gets what became of each module, ordered by path.</summary>
    public IReadOnlyList<ModuleReport> Modules { get; init; } = [];

    /// <summary>Computes what is not yet: the result's adapters are in memory then, and the clients' may be closed.</summary>
    /// <param name="threads">The most threads, at least 1; one for each core when null.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <returns>The same result in memory.</returns>
    public AggregationResult ToMemory(int? threads = null, CancellationToken cancellationToken = default)
    {
        int most = threads ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return new AggregationResult(_device, _options, AdapterMemory.Copy(Adapter, _options, most, cancellationToken), Weights)
        {
            Residual = Residual is null ? null : AdapterMemory.Copy(Residual, _options, most, cancellationToken),
            Personal = Personal.ToDictionary(client => client.Key, client => AdapterMemory.Copy(client.Value, _options, most, cancellationToken), StringComparer.Ordinal),
            Modules = Modules,
        };
    }

    /// <summary>Writes <see cref="Adapter"/> as a PEFT folder.</summary>
    /// <param name="folder">The final folder. It does not exist or is empty, unless overwriting is asked for.</param>
    /// <param name="overwrite">Whether an adapter in the folder is replaced, once the new one is complete.</param>
    /// <param name="cancellationToken">Stops between tiles; nothing is left.</param>
    /// <exception cref="CheckpointException">The folder may not or cannot be written there.</exception>
    public void Save(string folder, bool overwrite = false, CancellationToken cancellationToken = default) =>
        Save(Adapter, folder, overwrite, cancellationToken);

    /// <summary>Writes another adapter of the result, such as <see cref="Residual"/>, in the same layout.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="folder">The final folder. It does not exist or is empty, unless overwriting is asked for.</param>
    /// <param name="overwrite">Whether an adapter in the folder is replaced, once the new one is complete.</param>
    /// <param name="cancellationToken">Stops between tiles; nothing is left.</param>
    /// <exception cref="CheckpointException">The folder may not or cannot be written there.</exception>
    public void Save(LoraAdapter adapter, string folder, bool overwrite = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        adapter.Save(folder, _device, _options with { Overwrite = overwrite }, cancellationToken);
    }
}
