using System.Text.Json.Nodes;
using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Planning;

/// <summary>A model of a mixture while planning.</summary>
internal sealed class MixtureModel
{
    private readonly Dictionary<string, TensorSource>[] _layers;

    private MixtureModel(string reference, string name, TensorSet tensors, JsonObject config, LayerSettings settings, LayerNaming naming)
    {
        Reference = reference;
        Name = name;
        Tensors = tensors;
        Config = config;
        Settings = settings;
        _layers = new Dictionary<string, TensorSource>[naming.LayerCount];
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            _layers[layer] = new Dictionary<string, TensorSource>(StringComparer.Ordinal);
            foreach (LayerTensor tensor in naming.Layer(layer).Where(tensor => !TensorNames.IsDerivedBuffer(tensor.Name)))
            {
                _layers[layer].Add(tensor.Suffix, Source(tensors, tensor.Name));
            }
        }

        Outside = naming.Outside.Where(tensor => !TensorNames.IsDerivedBuffer(tensor)).ToDictionary(tensor => tensor, tensor => Source(tensors, tensor), StringComparer.Ordinal);
    }

    /// <summary>Gets the reference as the recipe writes it.</summary>
    public string Reference { get; }

    /// <summary>Gets the name that is the same on every machine.</summary>
    public string Name { get; }

    public TensorSet Tensors { get; }

    /// <summary>Gets its configuration.</summary>
    public JsonObject Config { get; }

    public LayerSettings Settings { get; }

    public string Type => Config["model_type"]!.GetValue<string>();

    public int LayerCount => _layers.Length;

    /// <summary>Gets the tensors outside of the layers by name, without buffers that follow from the configuration.</summary>
    public IReadOnlyDictionary<string, TensorSource> Outside { get; }

    /// <summary>Returns the tensors of a layer by what comes behind its number, without buffers that follow from the configuration.</summary>
    public IReadOnlyDictionary<string, TensorSource> Layer(int layer) => _layers[layer];

    public PlannedModel ToPlanned() => new(Reference, Name, Tensors, LayerCount);

    /// <summary>Looks at a model; what keeps it from being mixed becomes a problem.</summary>
    public static MixtureModel? TryCreate(string reference, string name, TensorSet tensors, MixtureFindings findings)
    {
        if (tensors.Config?.ToDocument() is not { } config)
        {
            findings.Add(MixtureProblemKind.Configuration, $"Model '{reference}' has no config.json, without which nobody knows what its layers compute.", reference);
            return null;
        }

        string? type = config["model_type"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        if (type is not ("llama" or "mistral" or "qwen2" or "qwen3"))
        {
            findings.Add(
                MixtureProblemKind.Architecture,
                $"Model '{reference}' is of type '{type ?? "unknown"}'; llama, mistral, qwen2 and qwen3 can be mixed. Route between whole models of other architectures by text.",
                reference);
            return null;
        }

        LayerNaming naming = LayerNaming.Of(tensors);
        string[] strange =
        [
            .. Enumerable.Range(0, naming.LayerCount).SelectMany(naming.Layer).Where(tensor => !string.Equals(tensor.Prefix, MixtureNames.Layers, StringComparison.Ordinal)).Select(tensor => tensor.Name),
            .. naming.Surplus,
        ];
        findings.AddForTensors(MixtureProblemKind.Tensor, strange, tensorNames => $"Model '{reference}' has tensors that are no part of its layers: {tensorNames}.", reference);
        if (naming.Warning is { } warning)
        {
            findings.Add(MixtureProblemKind.Tensor, $"Model '{reference}': {warning.Split(';')[0]}.", reference);
        }
        else if (naming.LayerCount == 0)
        {
            findings.Add(MixtureProblemKind.Tensor, $"Model '{reference}' has no tensor that begins with '{MixtureNames.Layers}'.", reference);
        }

        LayerSettings? settings = LayerSettings.TryRead(config, reference, findings);
        return strange.Length > 0 || naming.Warning is not null || naming.LayerCount == 0 || settings is null
            ? null
            : new MixtureModel(reference, name, tensors, config, settings, naming);
    }

    private static TensorSource Source(TensorSet tensors, string name) => tensors.TryGet(name, out TensorSource? source)
        ? source
        : throw new InvalidOperationException($"The model lists tensor '{name}' but does not have it.");
}
