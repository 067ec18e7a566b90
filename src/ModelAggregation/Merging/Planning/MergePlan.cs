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
        VocabularyPlan? vocabulary,
        SideDocuments documents,
        IReadOnlyList<string> warnings)
    {
        _catalog = catalog;
        Recipe = recipe;
        RecipeText = recipe.ToYaml();
        Method = method;
        Models = [.. catalog.Models.Select(model => model.ToPlanned())];
        Statistics = [.. catalog.Statistics.Select(model => model.ToPlanned())];
        Tensors = tensors;
        LayerCount = layerCount;
        Config = config;
        TokenizerFolder = tokenizerFolder;
        Vocabulary = vocabulary?.ToPlanned();
        Documents = documents;
        Warnings = warnings;
        foreach (PlannedTensor tensor in tensors)
        {
            long inputBytes = tensor.InputBytes;
            InputBytes += inputBytes;
            ReadBytes += tensor.IsCopied ? inputBytes : inputBytes * method.Passes;
            OutputBytes += tensor.Output.ByteLength;
            ParameterCount += tensor.Output.Shape.ElementCount;
        }

        Hash = PlanHash.Compute(
            recipe, Opened, tensors, config, [.. vocabulary?.Identities() ?? [], .. documents.Texts.SelectMany(item => new[] { item.Key, item.Value })]);
    }

    /// <summary>Gets the recipe.</summary>
    public MergeRecipe Recipe { get; }

    /// <summary>Gets the YAML that is written beside the output: the recipe's, or that of the pipeline up to it.</summary>
    internal string RecipeText { get; set; }

    /// <summary>Gets the method.</summary>
    public MergeMethod Method { get; }

    /// <summary>Gets the models in the recipe's order, the base model last if the recipe does not list it.</summary>
    public IReadOnlyList<PlannedModel> Models { get; }

    /// <summary>Gets the statistics of the models, in the recipe's order; empty for methods that use none.</summary>
    public IReadOnlyList<PlannedModel> Statistics { get; }

    /// <summary>Gets the output's tensors: those before the layers, the layers in ascending order, those after; ordered by name within each. Module by module when the recipe has modules.</summary>
    public IReadOnlyList<PlannedTensor> Tensors { get; }

    /// <summary>Gets the number of layers of the output, of all its modules together; 0 when the tensors' names have none.</summary>
    public int LayerCount { get; }

    /// <summary>Gets what the user should know but need not change, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Gets the output's <c>config.json</c>: the base model's, or the first model's, brought up to date; null when that model has none.</summary>
    public JsonObject? Config { get; }

    /// <summary>Gets the folder whose tokenizer files the output takes over: that of the base model, of the first model, or of the vocabulary's; null for a model in memory.</summary>
    public string? TokenizerFolder { get; }

    /// <summary>Gets the output's vocabulary, when the recipe says whose it is; null when rows are merged by number.</summary>
    public PlannedVocabulary? Vocabulary { get; }

    /// <summary>Gets the chat template that the recipe asks for, the template itself; null when the tokenizer's is taken over.</summary>
    public string? ChatTemplate => Documents.ChatTemplate;

    /// <summary>Gets the tokenizer files that are not copied as they are.</summary>
    internal SideDocuments Documents { get; }

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
