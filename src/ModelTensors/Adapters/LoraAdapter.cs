using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;

namespace ModelTensors.Adapters;

/// <summary>A LoRA adapter on disk, as PEFT writes it: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>. Opening reads the headers only.</summary>
public sealed class LoraAdapter : IDisposable
{
    internal const string FileName = "adapter_model.safetensors";
    private const string PickleName = "adapter_model.bin";

    private readonly SafetensorsFile _file;
    private readonly FileIdentity _configIdentity;
    private readonly Dictionary<string, LoraModule> _byPath;

    private LoraAdapter(string folder, LoraConfig config, FileIdentity configIdentity, SafetensorsFile file)
    {
        Folder = folder;
        Config = config;
        _configIdentity = configIdentity;
        _file = file;
        AdapterContents contents = AdapterContents.Collect(file, config);
        Modules = contents.Modules;
        WholeTensors = contents.WholeTensors;
        _byPath = Modules.ToDictionary(module => module.Path, StringComparer.Ordinal);
    }

    /// <summary>Gets the adapter's folder.</summary>
    public string Folder { get; }

    /// <summary>Gets the configuration.</summary>
    public LoraConfig Config { get; }

    /// <summary>Gets the modules that have factors, ordered by path.</summary>
    public IReadOnlyList<LoraModule> Modules { get; }

    /// <summary>Gets the tensors that replace tensors of the model in full, by their names there: <c>modules_to_save</c>, trained biases, resized embeddings.</summary>
    public IReadOnlyDictionary<string, TensorSource> WholeTensors { get; }

    /// <summary>Gets what identifies the adapter: the tensors' file by its header, the configuration by all of it.</summary>
    public IReadOnlyList<FileIdentity> Files => [_configIdentity, _file.Identity with { Path = _file.Path }];

    /// <summary>Opens an adapter.</summary>
    /// <param name="folder">The folder of <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</param>
    /// <param name="options">How to read; the defaults when null.</param>
    /// <returns>The adapter; the caller disposes it when its sources are no longer used.</returns>
    /// <exception cref="AdapterException">There is no adapter, it is not a plain LoRA, or its tensors are not what the configuration says.</exception>
    /// <exception cref="CheckpointException">The configuration is not JSON, or the tensors are pickled.</exception>
    /// <exception cref="SafetensorsException">The safetensors file is not what it claims to be.</exception>
    public static LoraAdapter Open(string folder, CheckpointOptions? options = null)
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
        LoraConfig config = new(JsonFile.Parse(content, configPath, CheckpointError.ConfigInvalid), configPath);
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

    /// <summary>Closes the files.</summary>
    public void Dispose() => _file.Dispose();
}
