using System.Diagnostics.CodeAnalysis;
using ModelTensors.Safetensors;

namespace ModelTensors.Checkpoints;

/// <summary>A checkpoint on disk: a Hugging Face folder, a folder of bare safetensors files, or one safetensors file.</summary>
/// <remarks>
/// 8-bit floats that have scales beside them are exposed as F32 with the scales applied, and the scales do not appear among the names.
/// Opening reads headers and configuration only.
/// </remarks>
public sealed class Checkpoint : TensorSet
{
    internal const string ConfigFileName = "config.json";
    internal const string ModelFileName = "model.safetensors";
    internal const string Extension = ".safetensors";

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _fileByTensor = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly Dictionary<string, TensorSource> _dequantized = new(StringComparer.Ordinal);
    private readonly ModelConfig? _config;
    private readonly string _path;

    private Checkpoint(string path, string folder, CheckpointOptions options)
    {
        _path = path;
        Folder = folder;
        try
        {
            string config = Path.Combine(folder, ConfigFileName);
            _config = File.Exists(config) ? new ModelConfig(JsonFile.ReadObject(config, CheckpointError.ConfigInvalid)) : null;
            OpenFiles(options);
            CollectNames();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public override IReadOnlyCollection<string> Names => _names;

    /// <inheritdoc />
    public override ModelConfig? Config => _config;

    /// <inheritdoc />
    public override string Folder { get; }

    /// <inheritdoc />
    public override IReadOnlyList<FileIdentity> Files => [.. _files.Select(file => file.Identity)];

    /// <summary>Gets the names of the tensors that are stored as 8-bit floats and exposed as F32, their scales applied.</summary>
    /// <value>Empty for most checkpoints. What is written from these no longer is what a <c>quantization_config</c> says.</value>
    public IReadOnlyCollection<string> DequantizedNames => _dequantized.Keys;

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">A folder with <c>model.safetensors.index.json</c>, <c>model.safetensors</c> or other safetensors files, or one such file.</param>
    /// <param name="options">How to read; the defaults when null.</param>
    /// <returns>The checkpoint; the caller disposes it when its sources are no longer used.</returns>
    /// <exception cref="CheckpointException">There is no checkpoint, or its parts contradict each other.</exception>
    /// <exception cref="SafetensorsException">A safetensors file is not what it claims to be.</exception>
    public static Checkpoint Open(string path, CheckpointOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new CheckpointOptions();
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            return new Checkpoint(full, full, options);
        }

        if (!File.Exists(full))
        {
            throw new CheckpointException(CheckpointError.NotFound, $"There is no file or folder '{full}'.", full);
        }

        if (PickleFiles.IsPickle(full))
        {
            throw PickleFiles.Refuse(full);
        }

        if (!full.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
        {
            throw new CheckpointException(CheckpointError.UnsupportedFormat, $"'{full}' is not a {Extension} file.", full);
        }

        return new Checkpoint(full, Path.GetDirectoryName(full)!, options);
    }

    /// <inheritdoc />
    public override bool TryGet(string name, [NotNullWhen(true)] out TensorSource? source)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_dequantized.TryGetValue(name, out source))
        {
            return true;
        }

        source = null;
        return _fileByTensor.TryGetValue(name, out SafetensorsFile? file) && file.TryGet(name, out source);
    }

    /// <inheritdoc />
    public override void EnsureUnchanged()
    {
        foreach (SafetensorsFile file in _files)
        {
            file.Identity.EnsureUnchanged(file.Path);
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (SafetensorsFile file in _files)
            {
                file.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private void OpenFiles(CheckpointOptions options)
    {
        string index = Path.Combine(Folder, ShardIndex.FileName);
        string single = Path.Combine(Folder, ModelFileName);
        if (!string.Equals(_path, Folder, StringComparison.Ordinal))
        {
            OpenBare([_path], options);
        }
        else if (File.Exists(index))
        {
            OpenIndexed(index, options);
        }
        else if (File.Exists(single))
        {
            OpenBare([single], options);
        }
        else
        {
            string[] bare = [.. Directory.EnumerateFiles(Folder, "*" + Extension).Where(File.Exists).Order(StringComparer.Ordinal)];
            if (bare.Length == 0)
            {
                throw Directory.EnumerateFiles(Folder).Where(PickleFiles.IsPickle).Order(StringComparer.Ordinal).FirstOrDefault() is string pickle
                    ? PickleFiles.Refuse(pickle)
                    : new CheckpointException(CheckpointError.NotFound, $"The folder '{Folder}' has no {Extension} files.", Folder);
            }

            OpenBare(bare, options);
        }
    }

    private void OpenIndexed(string index, CheckpointOptions options)
    {
        Dictionary<string, string> shards = ShardIndex.Read(index);
        Dictionary<string, SafetensorsFile> byName = new(StringComparer.Ordinal);
        foreach (string name in shards.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(Folder, name);
            if (!File.Exists(path))
            {
                throw new CheckpointException(
                    CheckpointError.ShardMissing, $"The index '{index}' names '{name}', which is not in the folder: an incomplete download?", path);
            }

            byName.Add(name, Open(path, options.ReadMode));
        }

        foreach ((string tensor, string name) in shards)
        {
            SafetensorsFile file = byName[name];
            if (!file.Header.TryGet(tensor, out _))
            {
                throw new CheckpointException(
                    CheckpointError.TensorMissingInShard, $"The index '{index}' places tensor '{tensor}' in '{name}', which does not have it.", file.Path, tensor);
            }

            _fileByTensor.Add(tensor, file);
        }
    }

    private void OpenBare(string[] paths, CheckpointOptions options)
    {
        foreach (string path in paths)
        {
            SafetensorsFile file = Open(path, options.ReadMode);
            foreach (SafetensorsEntry entry in file.Header.Entries)
            {
                if (!_fileByTensor.TryAdd(entry.Info.Name, file))
                {
                    throw new CheckpointException(
                        CheckpointError.DuplicateTensor,
                        $"Tensor '{entry.Info.Name}' is in '{_fileByTensor[entry.Info.Name].Path}' and in '{path}', and there is no {ShardIndex.FileName} that says which is meant.",
                        path,
                        entry.Info.Name);
                }
            }
        }
    }

    private SafetensorsFile Open(string path, SafetensorsReadMode mode)
    {
        SafetensorsFile file = SafetensorsFile.Open(path, mode);
        _files.Add(file);
        return file;
    }

    // In the order of files and of the bytes in each; a shard's tensors that the index does not name are left out, as transformers does.
    private void CollectNames()
    {
        Dictionary<string, TensorSource> sources = new(_fileByTensor.Count, StringComparer.Ordinal);
        foreach (SafetensorsFile file in _files)
        {
            foreach (SafetensorsEntry entry in file.Header.Entries)
            {
                string name = entry.Info.Name;
                if (_fileByTensor.TryGetValue(name, out SafetensorsFile? owner) && ReferenceEquals(owner, file) && file.TryGet(name, out TensorSource? source))
                {
                    _names.Add(name);
                    sources.Add(name, source);
                }
            }
        }

        Float8Scales scales = Float8Scales.Find(sources, QuantizationScheme.Read(_config, _path), _path);
        foreach ((string name, TensorSource source) in scales.Sources)
        {
            _dequantized.Add(name, source);
        }

        _names.RemoveAll(scales.Hidden.Contains);
        foreach (string name in scales.Hidden)
        {
            _fileByTensor.Remove(name);
        }
    }
}
