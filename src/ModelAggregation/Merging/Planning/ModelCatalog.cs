using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>The models of a recipe, each opened once.</summary>
internal sealed class ModelCatalog : IDisposable
{
    private readonly Dictionary<string, OpenModel> _models = new(StringComparer.Ordinal);

    private ModelCatalog()
    {
    }

    /// <summary>Gets the models in the recipe's order.</summary>
    public List<OpenModel> Models { get; } = [];

    /// <summary>Gets the statistics in the recipe's order.</summary>
    public List<OpenModel> Statistics { get; } = [];

    /// <summary>Opens the models of a recipe; those that cannot be opened become problems.</summary>
    public static ModelCatalog Open(MergeRecipe recipe, IModelResolver resolver, PlanFindings findings, CancellationToken cancellationToken)
    {
        ModelCatalog catalog = new();
        try
        {
            StableNames names = new(recipe);
            foreach (string reference in recipe.References().Where(reference => !string.IsNullOrWhiteSpace(reference)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                catalog.Open(reference, names.Of(reference), catalog.Models, resolver, findings);
            }

            foreach (string reference in recipe.StatisticsReferences().Where(reference => !string.IsNullOrWhiteSpace(reference)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                catalog.Open(reference, names.Of(reference), catalog.Statistics, resolver, findings);
            }

            return catalog;
        }
        catch
        {
            catalog.Dispose();
            throw;
        }
    }

    /// <summary>Returns a model, or null when it could not be opened.</summary>
    public OpenModel? Find(string reference) => _models.GetValueOrDefault(reference);

    /// <summary>Returns a model's statistics, or null when it has none or they could not be opened.</summary>
    public OpenModel? FindStatistics(string? reference) => reference is null ? null : Statistics.Find(item => string.Equals(item.Reference, reference, StringComparison.Ordinal));

    /// <summary>Returns the catalog of the models' parts that a module takes. It owns nothing.</summary>
    /// <param name="names">The names of the part's tensors in a model.</param>
    public ModelCatalog Part(Func<OpenModel, IReadOnlyCollection<string>> names)
    {
        ModelCatalog part = new();
        part.Statistics.AddRange(Statistics);
        foreach (OpenModel model in Models.Select(model => model.Part(names(model))))
        {
            part.Models.Add(model);
            part._models.Add(model.Reference, model);
        }

        return part;
    }

    public void Dispose()
    {
        foreach (OpenModel model in Models.Concat(Statistics))
        {
            model.Tensors.Dispose();
        }
    }

    private void Open(string reference, string name, List<OpenModel> into, IModelResolver resolver, PlanFindings findings)
    {
        TensorSet tensors;
        try
        {
            tensors = resolver.Open(reference);
        }
        catch (AdapterException error)
        {
            foreach (AdapterProblem problem in error.Problems)
            {
                findings.Add(new PlanProblem(PlanProblemKind.Adapter, problem.Message, problem.TensorName, reference));
            }

            return;
        }
        catch (ModelDataException error)
        {
            findings.Add(new PlanProblem(PlanProblemKind.ModelNotFound, error.Message, error.TensorName, reference));
            return;
        }

        OpenModel model = new(reference, name, tensors, LayerNaming.Of(tensors));
        into.Add(model);
        if (into == Statistics)
        {
            return;
        }

        _models.Add(reference, model);
        if (model.Layers.Warning is { } warning)
        {
            findings.Warn($"Model '{reference}': {warning}.");
        }

        if (tensors is StageOutput { Plan.Documents.ChangesTokenizer: true })
        {
            findings.Add(
                PlanProblemKind.Tokenizer,
                $"Stage '{reference}' changes the tokenizer ('tokenizer' or 'chat_template'), and another stage builds on it: say so in the last stage, where the tokenizer is written.",
                reference);
        }

        // Where a configuration says that they are scaled, opening has applied the scales or refused.
        foreach (string tensor in tensors.Names.Where(tensor => tensors.TryGet(tensor, out TensorSource? source) && source.DataType.IsFloat8))
        {
            findings.WarnForTensor(
                $"float8\n{reference}",
                tensor,
                named => $"Model '{reference}': the 8-bit floats of {named} have no scales beside them and are read as they are.");
        }
    }
}
