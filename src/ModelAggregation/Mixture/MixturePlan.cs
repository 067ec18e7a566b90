using System.Text.Json.Nodes;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Mixture.Planning;
using ModelTensors;

namespace ModelAggregation.Mixture;

/// <summary>What a mixture will be, tensor by tensor; nothing has been read but headers and configurations. Owns the opened models: dispose it after the mixture was written or used.</summary>
public sealed class MixturePlan : IDisposable
{
    private readonly MixtureModels _models;
    private readonly JsonObject _config;

    internal MixturePlan(MixtureRecipe recipe, MixtureModels models, MixtureModel dense, IReadOnlyList<MixtureModel> experts, DataType type, IReadOnlyList<string> warnings)
    {
        _models = models;
        Recipe = recipe;
        DenseModel = dense.ToPlanned();
        Experts = [.. experts.Select(expert => expert.ToPlanned())];
        Settings = [.. experts.Select(expert => expert.Settings)];
        OutputDataType = type;
        HiddenSize = checked((int)dense.Outside[MixtureNames.Embedding].Shape[1]);
        LayerCount = dense.LayerCount;
        Tensors = new MixtureTensors(recipe, dense, experts, type).List();
        RouterPaths = recipe.Level == MixtureLevel.Model
            ? [MixtureNames.ModelGate]
            : [.. Enumerable.Range(recipe.DenseLayers, LayerCount - recipe.DenseLayers).Select(layer => MixtureNames.Gate(recipe.Level, recipe.Layout, layer))];
        _config = MixtureConfig.Create(recipe, dense, experts, type);
        Warnings = warnings;
        foreach (TensorInfo tensor in Tensors.Select(tensor => tensor.Output))
        {
            ParameterCount += tensor.Shape.ElementCount;
            OutputBytes += tensor.ByteLength;
        }

        Hash = MixturePlanHash.Compute(recipe, experts.Prepend(dense).Distinct(), Tensors, _config);
    }

    /// <summary>Gets the recipe.</summary>
    public MixtureRecipe Recipe { get; }

    /// <summary>Gets the level.</summary>
    public MixtureLevel Level => Recipe.Level;

    /// <summary>Gets the number of layers, L.</summary>
    public int LayerCount { get; }

    /// <summary>Gets the number of dense layers, K.</summary>
    public int DenseLayerCount => Recipe.DenseLayers;

    /// <summary>Gets the number of experts, E.</summary>
    public int ExpertCount => Experts.Count;

    /// <summary>Gets how many experts compute for a token or a sequence, k.</summary>
    public int ExpertsPerToken => Recipe.Chosen;

    /// <summary>Gets what a router decides for.</summary>
    public RouterInput Input => Recipe.Decides;

    /// <summary>Gets the size of a hidden state, d.</summary>
    public int HiddenSize { get; }

    /// <summary>Gets the type of the output; routers are in F32 whatever it is.</summary>
    public DataType OutputDataType { get; }

    /// <summary>Gets the dense model.</summary>
    public PlannedModel DenseModel { get; }

    /// <summary>Gets the experts, in the order of the routers' rows.</summary>
    public IReadOnlyList<PlannedModel> Experts { get; }

    /// <summary>Gets what stands before the names of each router's tensors: a router for each mixed layer in ascending order, at model level one; none when all layers are dense.</summary>
    public IReadOnlyList<string> RouterPaths { get; }

    /// <summary>Gets the number of routers.</summary>
    public int RouterCount => RouterPaths.Count;

    /// <summary>Gets the tensors: those before the layers, the layers in ascending order, those after.</summary>
    public IReadOnlyList<MixtureTensor> Tensors { get; }

    /// <summary>Gets the number of elements of all tensors.</summary>
    public long ParameterCount { get; }

    /// <summary>Gets the bytes of all tensors.</summary>
    public long OutputBytes { get; }

    /// <summary>Gets the mixture's <c>config.json</c>.</summary>
    public JsonObject Config => _config.DeepClone().AsObject();

    /// <summary>Gets what the user should know but need not change, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Gets a SHA-256 in lower-case hexadecimal of all that decides the mixture but the weights of routers: recipe, versions, identities of the input files, output tensors.</summary>
    /// <remarks>Absolute paths and times are left out, so that equal inputs have equal hashes on every machine. A file is identified by its name, length and header, because nothing else has been read: other weights
    /// in a file of the same tensors have the same hash. What tells them apart are the hashes of whole files in <c>aggregation.json</c> (<see cref="MixtureOptions.HashInputs"/>).</remarks>
    public string Hash { get; }

    /// <summary>Gets what each expert's layers compute with.</summary>
    internal IReadOnlyList<LayerSettings> Settings { get; }

    /// <summary>Gets all models, each once.</summary>
    internal IEnumerable<PlannedModel> Opened => Experts.Prepend(DenseModel).DistinctBy(model => model.Reference, StringComparer.Ordinal);

    /// <summary>Writes the plan for people.</summary>
    /// <param name="maxTensors">The number of tensors to list, each with what it is made of; all by default.</param>
    public string Describe(int maxTensors = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTensors);
        return MixturePlanText.Write(this, maxTensors);
    }

    /// <summary>Writes the plan without its tensors.</summary>
    public override string ToString() => Describe(0);

    /// <summary>Closes the models.</summary>
    public void Dispose() => _models.Dispose();
}
