using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Stacking;

/// <summary>What a stack will be, tensor by tensor; nothing has been read but headers and configurations. Owns the opened models: dispose it after the work.</summary>
public sealed class StackingPlan : IDisposable
{
    private readonly IReadOnlyList<StackedModel> _models;

    internal StackingPlan(
        StackingRecipe recipe,
        IReadOnlyList<StackedModel> models,
        IReadOnlyList<StackedLayer> layers,
        IReadOnlyList<StackedTensor> tensors,
        JsonObject? config,
        string? tokenizerFolder,
        IReadOnlyList<string> warnings)
    {
        _models = models;
        Recipe = recipe;
        Layers = layers;
        Tensors = tensors;
        Config = config;
        TokenizerFolder = tokenizerFolder;
        Warnings = warnings;
        InputBytes = tensors.Sum(tensor => tensor.InputBytes);
        OutputBytes = tensors.Sum(tensor => tensor.Output.ByteLength);
        ParameterCount = tensors.Sum(tensor => tensor.Output.Shape.ElementCount);
        Hash = StackingHash.Of(this);
    }

    /// <summary>Gets the recipe.</summary>
    public StackingRecipe Recipe { get; }

    /// <summary>Gets where each layer of the output comes from, in their order.</summary>
    public IReadOnlyList<StackedLayer> Layers { get; }

    /// <summary>Gets the output's tensors: those before the layers, the layers, those after; ordered by name within each.</summary>
    public IReadOnlyList<StackedTensor> Tensors { get; }

    /// <summary>Gets the output's <c>config.json</c>: the first model's, brought up to date; null when that model has none.</summary>
    public JsonObject? Config { get; }

    /// <summary>Gets the folder whose tokenizer files the output takes over; null for a model in memory.</summary>
    public string? TokenizerFolder { get; }

    /// <summary>Gets what the user should know but need not change, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Gets the number of elements of the output's tensors.</summary>
    public long ParameterCount { get; }

    /// <summary>Gets the bytes that are read.</summary>
    public long InputBytes { get; }

    /// <summary>Gets the bytes of the output's tensors.</summary>
    public long OutputBytes { get; }

    /// <summary>Gets a SHA-256 in lower-case hexadecimal of all that decides the output: recipe, versions, identities of the input files, output tensors.</summary>
    public string Hash { get; }

    /// <summary>Gets the models that were opened, each once.</summary>
    internal IEnumerable<TensorSet> Opened => _models.Select(model => model.Tensors);

    /// <summary>Writes the plan for people.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Recipe.Method}: {Tensors.Count} tensors in {Layers.Count} layers, {ParameterCount:N0} parameters\n");
        text.Append(CultureInfo.InvariantCulture, $"reads {InputBytes:N0} bytes, writes {OutputBytes:N0}\nhash {Hash}\nlayers\n");
        for (int layer = 0; layer < Layers.Count; layer++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {layer}: layer {Layers[layer].Layer} of {Layers[layer].Model}\n");
        }

        foreach (string warning in Warnings)
        {
            text.Append("warning: ").Append(warning).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Closes the models.</summary>
    public void Dispose()
    {
        foreach (StackedModel model in _models)
        {
            model.Tensors.Dispose();
        }
    }
}
