using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ModelTensors.Checkpoints;

namespace ModelTensors.Adapters;

/// <summary>An adapter's <c>adapter_config.json</c>, kept as a document so that unknown keys survive.</summary>
/// <remarks>
/// What would make the tensors anything but low-rank updates of the model's own weights, with DoRA's magnitudes or without, is refused by name: updates of
/// expert parameters, initialisations that change the model (PiSSA, OLoRA, CorDA, LoRA-GA, LoftQ), and every unknown key that is neither null, false nor empty.
/// </remarks>
public sealed class LoraConfig
{
    internal const string FileName = "adapter_config.json";
    private const int DefaultRank = 8;
    private const int DefaultAdaptiveRank = 12;

    // AdaLoRA divides by its rank and this, in case that nothing is left of it.
    private const double AdaptiveMargin = 1e-5;

    private readonly JsonObject _document;
    private readonly List<(Regex Pattern, double Value)> _ranks;
    private readonly List<(Regex Pattern, double Value)> _alphas;
    private readonly Dictionary<string, int> _keptRanks;

    /// <summary>Reads a configuration from a document, which is copied.</summary>
    /// <param name="document">The content of an <c>adapter_config.json</c>.</param>
    /// <param name="file">The path of the file, for errors.</param>
    /// <exception cref="AdapterException">Values are of the wrong kind, or the adapter is not a plain LoRA; the error lists every key at fault.</exception>
    public LoraConfig(JsonObject document, string? file = null)
        : this(document, file, allowsConvertible: false)
    {
    }

    /// <summary>Reads a configuration, also of an adapter whose initialisation changed the model by a product that the caller takes back.</summary>
    internal LoraConfig(JsonObject document, string? file, bool allowsConvertible)
    {
        ArgumentNullException.ThrowIfNull(document);
        _document = document.DeepClone().AsObject();
        LoraConfigReader reader = new(_document, file ?? FileName);
        IsAdaptive = reader.CheckKeys(allowsConvertible);
        Rank = (int)(IsAdaptive ? reader.Number("init_r", DefaultAdaptiveRank, isRank: true) : reader.Number("r", DefaultRank, isRank: true));
        Alpha = reader.Number("lora_alpha", DefaultRank, isRank: false);
        UsesRankStabilization = reader.Flag("use_rslora");
        IsFanInFanOut = reader.Flag("fan_in_fan_out");
        HasLoraBias = reader.Flag("lora_bias");
        UsesMagnitudes = reader.Flag("use_dora");
        Bias = reader.Bias();
        BaseModel = reader.Text("base_model_name_or_path");
        TaskType = reader.Text("task_type");
        TargetModules = reader.Names("target_modules");
        ModulesToSave = reader.Names("modules_to_save");
        _keptRanks = IsAdaptive ? reader.KeptRanks() : [];
        _ranks = IsAdaptive ? [] : reader.Patterns("rank_pattern", isRank: true);
        _alphas = reader.Patterns("alpha_pattern", isRank: false);
        reader.ThrowIfAny();
    }

    /// <summary>Gets whether the adapter is an AdaLoRA (<c>peft_type</c>), which has singular values between its factors.</summary>
    public bool IsAdaptive { get; }

    /// <summary>Gets <c>r</c>, the rank of modules that no pattern names; of an AdaLoRA <c>init_r</c>.</summary>
    /// <value>At least 1; 8 when the document has none, of an AdaLoRA 12.</value>
    public int Rank { get; }

    /// <summary>Gets <c>lora_alpha</c>, the alpha of modules that no pattern names.</summary>
    /// <value>Finite; 8 when the document has none.</value>
    public double Alpha { get; }

    /// <summary>Gets <c>use_rslora</c>: whether the scaling is alpha over the square root of the rank.</summary>
    public bool UsesRankStabilization { get; }

    /// <summary>Gets <c>fan_in_fan_out</c>: whether linear weights are stored [in, out], as in GPT-2.</summary>
    public bool IsFanInFanOut { get; }

    /// <summary>Gets <c>lora_bias</c>: whether each module also has a bias, which is scaled and added.</summary>
    public bool HasLoraBias { get; }

    /// <summary>Gets <c>use_dora</c>: whether each module also has magnitudes.</summary>
    public bool UsesMagnitudes { get; }

    /// <summary>Gets <c>bias</c>: <c>none</c>, or which biases of the model the adapter replaces.</summary>
    public string Bias { get; }

    /// <summary>Gets <c>base_model_name_or_path</c>, or null.</summary>
    public string? BaseModel { get; }

    /// <summary>Gets <c>task_type</c>, such as <c>CAUSAL_LM</c>, or null.</summary>
    public string? TaskType { get; }

    /// <summary>Gets <c>target_modules</c>: the ends of module paths, or one regular expression. The tensors decide, not this list.</summary>
    public IReadOnlyList<string> TargetModules { get; }

    /// <summary>Gets <c>modules_to_save</c>: the modules whose tensors are replaced in full.</summary>
    public IReadOnlyList<string> ModulesToSave { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The path of an <c>adapter_config.json</c>.</param>
    /// <exception cref="CheckpointException">The file is not a JSON object.</exception>
    /// <exception cref="AdapterException">Values are of the wrong kind, or the adapter is not a plain LoRA.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static LoraConfig Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new LoraConfig(JsonFile.ReadObject(path, CheckpointError.ConfigInvalid), path);
    }

    /// <summary>Returns a copy of the document that the caller may change.</summary>
    public JsonObject ToDocument() => _document.DeepClone().AsObject();

    /// <summary>Returns the rank of a module: that of the first pattern which matches its path or an end of it, else <see cref="Rank"/>.</summary>
    /// <param name="module">The module's path in the model.</param>
    /// <remarks>Of an AdaLoRA, what is left of its rank: 0 where nothing is.</remarks>
    public int RankOf(string module) => IsAdaptive ? _keptRanks.GetValueOrDefault(module, Rank) : (int)Find(_ranks, module, Rank);

    /// <summary>Returns the alpha of a module: that of the first pattern which matches its path or an end of it, else <see cref="Alpha"/>.</summary>
    /// <param name="module">The module's path in the model.</param>
    public double AlphaOf(string module) => Find(_alphas, module, Alpha);

    /// <summary>Returns the factor of a module's product: alpha over rank, or over the square root of the rank with rsLoRA.</summary>
    /// <param name="module">The module's path in the model.</param>
    /// <remarks>
    /// rsLoRA: Kalajdzievski 2023 (arXiv 2312.03732), section 3. AdaLoRA: Zhang et al. 2023 (arXiv 2303.10512); the rank is that before any was taken away.
    /// </remarks>
    public double ScalingOf(string module)
    {
        if (IsAdaptive)
        {
            return AdaptiveScaling(Rank);
        }

        double rank = RankOf(module);
        return AlphaOf(module) / (UsesRankStabilization ? Math.Sqrt(rank) : rank);
    }

    /// <summary>Returns AdaLoRA's factor for a rank that the file itself names.</summary>
    internal double AdaptiveScaling(double rank) => (Alpha > 0 ? Alpha : Rank) / (rank + AdaptiveMargin);

    private static double Find(List<(Regex Pattern, double Value)> patterns, string module, double otherwise)
    {
        ArgumentNullException.ThrowIfNull(module);
        foreach ((Regex pattern, double value) in patterns)
        {
            if (pattern.IsMatch(module))
            {
                return value;
            }
        }

        return otherwise;
    }
}
