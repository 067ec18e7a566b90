using System.Text;
using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Safetensors;

namespace ModelTensors.Adapters;

/// <summary>Collects the modules of a LoRA adapter and writes them as a PEFT folder.</summary>
/// <remarks>
/// Alpha is the scaling times the rank, for each module of its own. Where every scaling is one, alpha is the rank, and readers that ignore
/// <c>rank_pattern</c> and <c>alpha_pattern</c> scale by one as well. The folder is built beside the final one and gets its name when it is complete.
/// </remarks>
public sealed class LoraAdapterWriter : IDisposable
{
    // The staging folder's mark; there is nothing to continue, so one name is enough.
    private const string Mark = "adapter";

    private readonly SortedDictionary<string, LoraModule> _modules = new(StringComparer.Ordinal);
    private readonly List<HostTensor> _owned = [];
    private readonly SortedDictionary<string, (TensorSource Source, DataType DataType)> _whole = new(StringComparer.Ordinal);

    /// <summary>Adds a module.</summary>
    /// <param name="module">The module; its factors are read when the adapter is written, in the type they have.</param>
    /// <exception cref="ArgumentException">A module of that path is there already.</exception>
    public void Add(LoraModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (!_modules.TryAdd(module.Path, module))
        {
            throw new ArgumentException($"Module '{module.Path}' is there already.", nameof(module));
        }
    }

    /// <summary>Adds a module of scaling one whose factors the writer owns.</summary>
    /// <param name="path">The module's path in the model, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <param name="kind">The kind of layer, which decides the names.</param>
    /// <param name="a">[rank, in], or [rank, in, k…]; the writer disposes it.</param>
    /// <param name="b">[out, rank], or [out, rank, 1…]; the writer disposes it.</param>
    /// <exception cref="ArgumentException">The module is there already, or the factors do not fit each other.</exception>
    public void Add(string path, LoraModuleKind kind, HostTensor a, HostTensor b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        Add(new LoraModule(path, kind, a.Source, b.Source));
        _owned.AddRange([a, b]);
    }

    /// <summary>Adds a tensor that replaces the model's: its module is named in <c>modules_to_save</c>; weight and bias of a module with factors are saved as such, below them.</summary>
    /// <param name="tensorName">The tensor's name in the model.</param>
    /// <param name="source">The tensor, which is read when the adapter is written.</param>
    /// <param name="dataType">The type to write it in.</param>
    /// <exception cref="ArgumentException">The tensor is there already, or belongs to no module.</exception>
    public void AddWhole(string tensorName, TensorSource source, DataType dataType)
    {
        ArgumentException.ThrowIfNullOrEmpty(tensorName);
        ArgumentNullException.ThrowIfNull(source);
        if (!tensorName.Contains('.', StringComparison.Ordinal) || !_whole.TryAdd(tensorName, (source, dataType)))
        {
            throw new ArgumentException($"Tensor '{tensorName}' is there already, or belongs to no module.", nameof(tensorName));
        }
    }

    /// <summary>Checks that an adapter may be written to a folder, as <see cref="Write"/> does: before long work, rather than after it.</summary>
    /// <param name="folder">The final folder.</param>
    /// <param name="overwrite">Whether weights in the folder may be replaced.</param>
    /// <exception cref="CheckpointException">There is something that must not be replaced (<see cref="CheckpointError.OutputNotEmpty"/>).</exception>
    public static void CheckOutput(string folder, bool overwrite) => StagingPaths.Of(folder, Mark).CheckOutput(overwrite);

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">The final folder. It does not exist or is empty, unless overwriting is asked for.</param>
    /// <param name="device">Converts the whole tensors.</param>
    /// <param name="options">What the configuration says; the defaults when null.</param>
    /// <param name="cancellationToken">Stops between tiles; nothing is left.</param>
    /// <exception cref="CheckpointException">The folder may not or cannot be written there, or another run is writing it.</exception>
    /// <exception cref="InvalidOperationException">There is nothing to write, or no one configuration stands for the modules: only some have magnitudes, or are stored [in, out].</exception>
    public void Write(string folder, TensorDevice device, LoraAdapterWriterOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        options ??= new LoraAdapterWriterOptions();
        JsonObject config = LoraConfigWriter.Document(_modules.Values, _whole.Keys, options);
        WriteAs(folder, device, config, LoraConfigWriter.PaddedRank(_modules.Values, options), options.Overwrite, cancellationToken);
    }

    /// <summary>Writes the folder with a configuration that is known to be that of the modules.</summary>
    internal void WriteAs(string folder, TensorDevice device, JsonObject config, long padded, bool overwrite, CancellationToken cancellationToken)
    {
        StagingPaths paths = StagingPaths.Of(folder, Mark);
        using FileStream @lock = paths.TakeLock();
        paths.CheckOutput(overwrite);
        try
        {
            DeleteStaging(paths);
            Directory.CreateDirectory(paths.Staging);
            WriteTensors(Path.Combine(paths.Staging, LoraAdapter.FileName), padded, device, cancellationToken);
            DurableFile.Write(Path.Combine(paths.Staging, LoraConfig.FileName), Encoding.UTF8.GetBytes(LoraConfigWriter.Write(config)));
            paths.Replace();
        }
        catch (Exception e)
        {
            DeleteStaging(paths);
            if (paths.Translate(e, 0) is { } translated)
            {
                throw translated;
            }

            throw;
        }
    }

    /// <summary>Releases the factors.</summary>
    public void Dispose()
    {
        foreach (HostTensor tensor in _owned)
        {
            tensor.Dispose();
        }

        _owned.Clear();
        _modules.Clear();
    }

    private static void DeleteStaging(StagingPaths paths)
    {
        if (Directory.Exists(paths.Staging))
        {
            Directory.Delete(paths.Staging, recursive: true);
        }
    }

    private void WriteTensors(string path, long padded, TensorDevice device, CancellationToken cancellationToken)
    {
        List<(string Name, TensorSource Source, DataType DataType)> tensors = [];
        bool hasBiases = _modules.Values.Any(module => module.Bias is not null);
        foreach (LoraModule module in _modules.Values)
        {
            (string nameA, string nameB) = module.Kind == LoraModuleKind.Embedding ? ("lora_embedding_A", "lora_embedding_B") : ("lora_A.weight", "lora_B.weight");
            Add(module, nameA, Pad(module.A, 0, padded));
            Add(module, nameB, Pad(module.B, 1, padded));
            if (hasBiases && module.Kind != LoraModuleKind.Embedding)
            {
                // The configuration gives all modules a bias or none: those without get zeros.
                Add(module, "lora_B.bias", module.Bias ?? new ZeroSource(module.B.DataType, new TensorShape(module.B.Shape[0])));
            }

            if (module.Magnitude is { } magnitude)
            {
                Add(module, "lora_magnitude_vector", magnitude);
            }
        }

        foreach ((string name, (TensorSource source, DataType type)) in _whole)
        {
            tensors.Add((AdapterTensorName.Prefix + NameOfWhole(name), source, type));
        }

        SafetensorsHeader header = SafetensorsHeader.Create(tensors.Select(tensor => new TensorInfo(tensor.Name, tensor.DataType, tensor.Source.Shape)));
        using SafetensorsFileWriter file = SafetensorsFileWriter.Create(path, header);
        foreach ((string name, TensorSource source, _) in tensors.Where(tensor => tensor.Source.Shape.ElementCount > 0))
        {
            device.Convert(source, file.GetSink(name), new SessionOptions { CancellationToken = cancellationToken });
        }

        file.Flush();

        void Add(LoraModule module, string name, TensorSource source) => tensors.Add(($"{AdapterTensorName.Prefix}{module.Path}.{name}", source, source.DataType));
    }

    private static TensorSource Pad(TensorSource factor, int dimension, long rank) =>
        factor.Shape[dimension] < rank ? new ZeroPaddedSource(factor, dimension, rank) : factor;

    // PEFT wraps a module with factors: its own weight and bias are one level down.
    private string NameOfWhole(string name)
    {
        int dot = name.LastIndexOf('.');
        return _modules.ContainsKey(name[..dot]) ? $"{name[..dot]}.base_layer{name[dot..]}" : name;
    }
}
