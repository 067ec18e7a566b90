using ModelTensors.Safetensors;

namespace ModelTensors.Adapters;

/// <summary>Sorts the tensors of an adapter file into modules and whole tensors, and reports all that does not fit.</summary>
internal sealed class AdapterContents
{
    // The heads that PEFT saves for these tasks without naming them in the configuration.
    private static readonly string[] ClassificationTasks = ["SEQ_CLS", "TOKEN_CLS"];
    private static readonly string[] ClassificationHeads = ["classifier", "score"];

    private readonly SortedDictionary<string, Dictionary<AdapterTensorRole, (string Name, TensorSource Source)>> _parts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, TensorSource> _whole = new(StringComparer.Ordinal);
    private readonly List<AdapterProblem> _problems = [];
    private readonly LoraConfig _config;

    private AdapterContents(SafetensorsFile file, LoraConfig config)
    {
        _config = config;
        foreach (SafetensorsEntry entry in file.Header.Entries)
        {
            if (file.TryGet(entry.Info.Name, out TensorSource? source))
            {
                Sort(entry.Info.Name, source);
            }
        }

        AdapterModules read = new(config, _problems);
        List<LoraModule> modules = [];
        foreach ((string path, Dictionary<AdapterTensorRole, (string Name, TensorSource Source)> parts) in _parts)
        {
            if (read.Module(path, parts) is { } module)
            {
                modules.Add(module);
            }
        }

        if (_problems.Count == 0 && _parts.Count == 0 && _whole.Count == 0)
        {
            Add(AdapterError.UnknownTensor, "The adapter has no tensors.", null);
        }

        Modules = modules;
        WholeTensors = _whole;
        if (_problems.Count > 0)
        {
            throw new AdapterException(_problems, file.Path);
        }
    }

    public IReadOnlyList<LoraModule> Modules { get; }

    public IReadOnlyDictionary<string, TensorSource> WholeTensors { get; }

    /// <summary>Sorts the tensors of a file.</summary>
    /// <exception cref="AdapterException">Tensors are missing, unknown, or not of the shapes that the configuration says.</exception>
    public static AdapterContents Collect(SafetensorsFile file, LoraConfig config) => new(file, config);

    private void Sort(string name, TensorSource source)
    {
        (AdapterTensorRole role, string target) = AdapterTensorName.Parse(name, _config.IsAdaptive);
        string? reason = role switch
        {
            AdapterTensorRole.Unknown => target,
            AdapterTensorRole.Bias when !_config.HasLoraBias => "'lora_bias' is not set",
            AdapterTensorRole.Magnitude when !_config.UsesMagnitudes => "it is of DoRA, but 'use_dora' is not set",
            AdapterTensorRole.Whole when !IsAccountedFor(name, target) => "neither 'modules_to_save' nor 'bias' accounts for it",
            _ => null,
        };
        if (reason is not null)
        {
            Add(AdapterError.UnknownTensor, $"Tensor '{name}' of the adapter is not read: {reason}.", name);
        }
        else if (!source.DataType.IsFloatingPoint || source.DataType.IsFloat8)
        {
            Add(AdapterError.UnsupportedType, $"Tensor '{name}' of the adapter has type {source.DataType.SafetensorsName}; it is F16, BF16, F32 or F64.", name);
        }
        else if (role == AdapterTensorRole.Whole ? !_whole.TryAdd(target, source) : !Parts(target).TryAdd(role, (name, source)))
        {
            Add(AdapterError.UnknownTensor, $"Tensor '{name}' of the adapter is there a second time under another name of the same.", name);
        }
    }

    private Dictionary<AdapterTensorRole, (string Name, TensorSource Source)> Parts(string path)
    {
        if (!_parts.TryGetValue(path, out Dictionary<AdapterTensorRole, (string Name, TensorSource Source)>? parts))
        {
            _parts.Add(path, parts = []);
        }

        return parts;
    }

    private bool IsAccountedFor(string name, string target)
    {
        int dot = target.LastIndexOf('.');
        string module = dot < 0 ? target : target[..dot];
        bool isBias = target.EndsWith(".bias", StringComparison.Ordinal);
        IEnumerable<string> saved = _config.ModulesToSave;
        if (ClassificationTasks.Contains(_config.TaskType, StringComparer.Ordinal))
        {
            saved = saved.Concat(ClassificationHeads);
        }

        // A saved module may have modules inside: its name is then a part of the path, not the end.
        return name.Contains(".base_layer.", StringComparison.Ordinal)
            || (isBias && _config.Bias is not "none")
            || saved.Any(key => $".{module}.".Contains($".{key}.", StringComparison.Ordinal));
    }

    private void Add(AdapterError error, string message, string? name) => _problems.Add(new AdapterProblem(error, message, name));
}
