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

        List<LoraModule> modules = [];
        foreach ((string path, Dictionary<AdapterTensorRole, (string Name, TensorSource Source)> parts) in _parts)
        {
            if (Module(path, parts) is { } module)
            {
                modules.Add(module);
            }
        }

        if (_problems.Count == 0 && modules.Count == 0 && _whole.Count == 0)
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
        (AdapterTensorRole role, string target) = AdapterTensorName.Parse(name);
        if (role == AdapterTensorRole.Unknown || (role == AdapterTensorRole.Bias && !_config.HasLoraBias) || (role == AdapterTensorRole.Whole && !IsAccountedFor(name, target)))
        {
            string reason = role switch
            {
                AdapterTensorRole.Unknown => target,
                AdapterTensorRole.Bias => "'lora_bias' is not set",
                _ => "neither 'modules_to_save' nor 'bias' accounts for it",
            };
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

    private LoraModule? Module(string path, Dictionary<AdapterTensorRole, (string Name, TensorSource Source)> parts)
    {
        bool isEmbedding = parts.ContainsKey(AdapterTensorRole.EmbeddingA) || parts.ContainsKey(AdapterTensorRole.EmbeddingB);
        bool hasA = parts.TryGetValue(isEmbedding ? AdapterTensorRole.EmbeddingA : AdapterTensorRole.A, out (string Name, TensorSource Source) a);
        bool hasB = parts.TryGetValue(isEmbedding ? AdapterTensorRole.EmbeddingB : AdapterTensorRole.B, out (string Name, TensorSource Source) b);
        bool hasBias = parts.TryGetValue(AdapterTensorRole.Bias, out (string Name, TensorSource Source) bias);
        int expected = 2 + (_config.HasLoraBias && !isEmbedding ? 1 : 0);
        if (!hasA || !hasB || parts.Count != expected)
        {
            string had = string.Join(", ", parts.Values.Select(part => $"'{part.Name}'"));
            string needed = isEmbedding ? "lora_embedding_A and lora_embedding_B" : _config.HasLoraBias ? "lora_A, lora_B and its bias" : "lora_A and lora_B";
            Add(AdapterError.MissingFactor, $"Module '{path}' of the adapter needs {needed}; it has {had}.", parts.Values.First().Name);
            return null;
        }

        int rank = _config.RankOf(path);
        TensorShape shapeA = a.Source.Shape;
        TensorShape shapeB = b.Source.Shape;
        bool isConvolution = !isEmbedding && shapeA.Rank > 2;
        bool fits = shapeA.Rank >= 2 && shapeB.Rank == shapeA.Rank && (!isEmbedding || shapeA.Rank == 2)
            && shapeA[0] == rank && shapeB[1] == rank && shapeA.ElementCount > 0 && shapeB.ElementCount == shapeB[0] * rank
            && (!hasBias || (bias.Source.Shape.Rank == 1 && bias.Source.Shape[0] == shapeB[0]));
        if (!fits)
        {
            string hint = isConvolution && shapeA.Rank == shapeB.Rank && shapeB[1] != rank ? " Convolutions of several groups are not supported." : string.Empty;
            string and = hasBias ? $" and a bias of {bias.Source.Shape}" : string.Empty;
            Add(
                AdapterError.FactorShape,
                $"Module '{path}' of the adapter has rank {rank} by its configuration, but A of shape {shapeA}, B of {shapeB}{and}; they are [rank, in] and [out, rank].{hint}",
                a.Name);
            return null;
        }

        LoraModuleKind kind = isEmbedding ? LoraModuleKind.Embedding : isConvolution ? LoraModuleKind.Convolution : LoraModuleKind.Linear;
        return new LoraModule(
            path, kind, a.Source, b.Source, _config.ScalingOf(path), hasBias ? bias.Source : null, kind == LoraModuleKind.Linear && _config.IsFanInFanOut);
    }

    private void Add(AdapterError error, string message, string? name) => _problems.Add(new AdapterProblem(error, message, name));
}
