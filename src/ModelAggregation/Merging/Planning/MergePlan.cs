using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>What a recipe will do, tensor by tensor; nothing has been read but headers and configurations. Owns the opened models: dispose it after the merge.</summary>
public sealed class MergePlan : IDisposable
{
    private readonly ModelCatalog _catalog;

    internal MergePlan(
        MergeRecipe recipe,
        MergeMethod method,
        ModelCatalog catalog,
        IReadOnlyList<PlannedTensor> tensors,
        int layerCount,
        JsonObject? config,
        string? tokenizerFolder,
        IReadOnlyList<string> warnings)
    {
        _catalog = catalog;
        Recipe = recipe;
        Method = method;
        Models = [.. catalog.Models.Select(model => model.ToPlanned())];
        Statistics = [.. catalog.Statistics.Select(model => model.ToPlanned())];
        Tensors = tensors;
        LayerCount = layerCount;
        Config = config;
        TokenizerFolder = tokenizerFolder;
        Warnings = warnings;
        foreach (PlannedTensor tensor in tensors)
        {
            long inputBytes = tensor.InputBytes;
            InputBytes += inputBytes;
            ReadBytes += tensor.IsCopied ? inputBytes : inputBytes * method.Passes;
            OutputBytes += tensor.Output.ByteLength;
            ParameterCount += tensor.Output.Shape.ElementCount;
        }

        Hash = PlanHash.Compute(recipe, Opened, tensors, config);
    }

    /// <summary>Gets the recipe.</summary>
    public MergeRecipe Recipe { get; }

    /// <summary>Gets the method.</summary>
    public MergeMethod Method { get; }

    /// <summary>Gets the models in the recipe's order, the base model last if the recipe does not list it.</summary>
    public IReadOnlyList<PlannedModel> Models { get; }

    /// <summary>Gets the statistics of the models, in the recipe's order; empty for methods that use none.</summary>
    public IReadOnlyList<PlannedModel> Statistics { get; }

    /// <summary>Gets the output's tensors: those before the layers, the layers in ascending order, those after; ordered by name within each.</summary>
    public IReadOnlyList<PlannedTensor> Tensors { get; }

    /// <summary>Gets the number of layers of the output; 0 when the tensors' names have none.</summary>
    public int LayerCount { get; }

    /// <summary>Gets what the user should know but need not change, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Gets the output's <c>config.json</c>: the base model's, or the first model's, brought up to date; null when that model has none.</summary>
    public JsonObject? Config { get; }

    /// <summary>Gets the folder whose tokenizer files the output takes over: that of the base model, or of the first model; null for a model in memory.</summary>
    public string? TokenizerFolder { get; }

    /// <summary>Gets the bytes of all inputs, read once.</summary>
    public long InputBytes { get; }

    /// <summary>Gets the bytes that are read at most: the inputs times the method's passes.</summary>
    public long ReadBytes { get; }

    /// <summary>Gets the bytes of the output's tensors.</summary>
    public long OutputBytes { get; }

    /// <summary>Gets the number of elements of the output's tensors.</summary>
    public long ParameterCount { get; }

    /// <summary>Gets a SHA-256 in lower-case hexadecimal of all that decides the output: recipe, versions, identities of the input files, output tensors.</summary>
    /// <remarks>Absolute paths and times are left out, so that equal inputs have equal hashes on every machine.</remarks>
    public string Hash { get; }

    /// <summary>Gets all that is opened: the models, then their statistics.</summary>
    internal IEnumerable<PlannedModel> Opened => Models.Concat(Statistics);

    /// <summary>Writes the plan for people.</summary>
    /// <param name="maxTensors">The number of tensors to list, each with its parameters; all by default.</param>
    public string Describe(int maxTensors = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTensors);
        return PlanText.Write(this, maxTensors);
    }

    /// <summary>Writes the plan without its tensors.</summary>
    public override string ToString() => Describe(0);

    /// <summary>Closes the models.</summary>
    public void Dispose() => _catalog.Dispose();
}
