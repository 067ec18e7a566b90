using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Safetensors;

namespace ModelTensors.Adapters;

/// <summary>A LoRA adapter: a folder as PEFT writes it, <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>, of which opening reads the headers only; or modules in memory.</summary>
public sealed partial class LoraAdapter : IDisposable
{
    internal const string FileName = "adapter_model.safetensors";
    private const string PickleName = "adapter_model.bin";

    private readonly IReadOnlyList<IDisposable> _owned;
    private readonly Dictionary<string, LoraModule> _byPath;

    private LoraAdapter(string folder, LoraConfig config, FileIdentity configIdentity, SafetensorsFile file)
    {
        Folder = folder;
        Config = config;
        Files = [configIdentity, file.Identity with { Path = file.Path }];
        _owned = [file];
        AdapterContents contents = AdapterContents.Collect(file, config);
        Modules = contents.Modules;
        WholeTensors = contents.WholeTensors;
        _byPath = Modules.ToDictionary(module => module.Path, StringComparer.Ordinal);
    }

    /// <summary>Creates an adapter of modules in memory, or of such as are computed while they are read.</summary>
    /// <param name="modules">The modules, each of its own path. Their factors stay the caller's.</param>
    /// <param name="wholeTensors">The tensors that replace tensors of the model in full, by their names there.</param>
    /// <param name="options">What the configuration says beside the modules; the defaults when null.</param>
    /// <exception cref="ArgumentException">Two modules have one path.</exception>
    /// <exception cref="InvalidOperationException">There is neither a module nor a tensor, or no one configuration stands for the modules.</exception>
    public LoraAdapter(
        IEnumerable<LoraModule> modules, IReadOnlyDictionary<string, TensorSource>? wholeTensors = null, LoraAdapterWriterOptions? options = null)
        : this(modules, wholeTensors, options, [], [])
    {
    }

    private LoraAdapter(
        IEnumerable<LoraModule> modules,
        IReadOnlyDictionary<string, TensorSource>? wholeTensors,
        LoraAdapterWriterOptions? options,
        IReadOnlyList<FileIdentity> files,
        IReadOnlyList<IDisposable> owned)
    {
        ArgumentNullException.ThrowIfNull(modules);
        Files = files;
        _owned = owned;
        Modules = [.. modules.OrderBy(module => module.Path, StringComparer.Ordinal)];
        WholeTensors = wholeTensors is null ? new Dictionary<string, TensorSource>(StringComparer.Ordinal) : new Dictionary<string, TensorSource>(wholeTensors, StringComparer.Ordinal);
        _byPath = Modules.ToDictionary(module => module.Path, StringComparer.Ordinal);
        Config = new LoraConfig(LoraConfigWriter.Document(Modules, [.. WholeTensors.Keys], options ?? new LoraAdapterWriterOptions()));
    }

    /// <summary>Gets the adapter's folder; null when it is in memory.</summary>
    public string? Folder { get; }

    /// <summary>Gets the configuration.</summary>
    public LoraConfig Config { get; }

    /// <summary>Gets the modules that have factors, ordered by path.</summary>
    public IReadOnlyList<LoraModule> Modules { get; }

    /// <summary>Gets the tensors that replace tensors of the model in full, by their names there: <c>modules_to_save</c>, trained biases, resized embeddings.</summary>
    public IReadOnlyDictionary<string, TensorSource> WholeTensors { get; }

    /// <summary>Gets what identifies the adapter: the tensors' file by its header, the configuration by all of it.</summary>
    /// <value>Empty when the adapter is in memory.</value>
    public IReadOnlyList<FileIdentity> Files { get; }

    /// <summary>Opens an adapter.</summary>
    /// <param name="folder">The folder of <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</param>
    /// <param name="options">How to read; the defaults when null.</param>
    /// <returns>The adapter; the caller disposes it when its sources are no longer used.</returns>
    /// <exception cref="AdapterException">There is no adapter, it is of a kind that is not supported, or its tensors are not what the configuration says.</exception>
    /// <exception cref="CheckpointException">The configuration is not JSON, or the tensors are pickled.</exception>
    /// <exception cref="SafetensorsException">The safetensors file is not what it claims to be.</exception>
    /// <remarks>An AdaLoRA reads as a plain adapter: its singular values are multiplied into A, and what was left without rank is no module.</remarks>
    public static LoraAdapter Open(string folder, CheckpointOptions? options = null) => Open(folder, options, allowsConvertible: false);

    private static LoraAdapter Open(string folder, CheckpointOptions? options, bool allowsConvertible)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new CheckpointOptions();
        string full = Path.GetFullPath(folder);
        string configPath = Path.Combine(full, LoraConfig.FileName);
        string filePath = Path.Combine(full, FileName);
        foreach (string path in (string[])[configPath, filePath])
        {
            if (!File.Exists(path))
            {
                throw string.Equals(path, filePath, StringComparison.Ordinal) && File.Exists(Path.Combine(full, PickleName))
                    ? PickleFiles.Refuse(Path.Combine(full, PickleName))
                    : new AdapterException(
                        [new AdapterProblem(AdapterError.NotFound, $"There is no file '{path}': an adapter is a folder of {LoraConfig.FileName} and {FileName}.")], path);
            }
        }

        // The time before the content: what is written in between is found by EnsureUnchanged.
        DateTimeOffset written = new(FileIdentity.Target(configPath).LastWriteTimeUtc);
        byte[] content = JsonFile.ReadBytes(configPath, CheckpointError.ConfigInvalid);
        LoraConfig config = new(JsonFile.Parse(content, configPath, CheckpointError.ConfigInvalid), configPath, allowsConvertible);
        FileIdentity identity = new(LoraConfig.FileName, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)), written) { Path = configPath };
        SafetensorsFile file = SafetensorsFile.Open(filePath, options.ReadMode);
        try
        {
            return new LoraAdapter(full, config, identity, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Finds a module.</summary>
    /// <param name="path">The module's path in the model; case matters.</param>
    /// <param name="module">The module, valid until the adapter is disposed.</param>
    /// <returns>Whether the adapter has factors for it.</returns>
    public bool TryGet(string path, [NotNullWhen(true)] out LoraModule? module) => _byPath.TryGetValue(path, out module);

    /// <summary>Checks that the files have not been changed since they were opened.</summary>
    /// <exception cref="CheckpointException">A file was changed, replaced or removed (<see cref="CheckpointError.InputChanged"/>).</exception>
    public void EnsureUnchanged()
    {
        foreach (FileIdentity file in Files)
        {
            file.EnsureUnchanged(file.Path!);
        }
    }

    /// <summary>Checks that every module is a plain product of two factors, as those need it who combine adapters without the model.</summary>
    /// <exception cref="AdapterException">Modules have magnitudes (<see cref="AdapterError.NotPlain"/>); the error lists all of them.</exception>
    public void EnsurePlain()
    {
        AdapterProblem[] problems =
        [
            .. Modules.Where(module => module.Magnitude is not null).Select(module => new AdapterProblem(
                AdapterError.NotPlain,
                $"Module '{module.Path}' of the adapter '{Folder ?? "in memory"}' is a DoRA: its magnitudes rescale the model's own weights too, so no low-rank product stands for it. "
                    + "Merge the adapter into its model instead.",
                module.WeightName)),
        ];
        if (problems.Length > 0)
        {
            throw new AdapterException(problems, Folder);
        }
    }

    /// <summary>Writes the adapter as a PEFT folder: each module with its own rank and scaling, tensors in the types they have.</summary>
    /// <remarks>Without options, an adapter that was opened keeps its whole configuration, unknown keys included; but an AdaLoRA becomes a plain one.</remarks>
    /// <param name="folder">The final folder. It does not exist or is empty, unless overwriting is asked for.</param>
    /// <param name="device">Copies the tensors.</param>
    /// <param name="options">What the configuration says; what this adapter's says when null.</param>
    /// <param name="cancellationToken">Stops between tiles; nothing is left.</param>
    /// <exception cref="CheckpointException">The folder may not or cannot be written there, or another run is writing it.</exception>
    public void Save(string folder, TensorDevice device, LoraAdapterWriterOptions? options = null, CancellationToken cancellationToken = default)
    {
        using LoraAdapterWriter writer = new();
        foreach (LoraModule module in Modules)
        {
            writer.Add(module);
        }

        foreach ((string name, TensorSource source) in WholeTensors)
        {
            writer.AddWhole(name, source, source.DataType);
        }

        if (options is null && Folder is not null && !Config.IsAdaptive)
        {
            writer.WriteAs(folder, device, Config.ToDocument(), padded: 0, overwrite: false, cancellationToken);
            return;
        }

        writer.Write(
            folder,
            device,
            options ?? new LoraAdapterWriterOptions { BaseModel = Config.BaseModel, TaskType = Config.TaskType, IsFanInFanOut = Config.IsFanInFanOut },
            cancellationToken);
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (IDisposable owned in _owned)
        {
            owned.Dispose();
        }
    }
}
