using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Merging.Planning;

/// <summary>Turns recipes into plans: opens the models, matches their tensors by name, resolves every parameter, and reports every problem at once.</summary>
/// <remarks>Knows no architectures: layers are found by the numbers in tensor names. Reads headers and configurations only.</remarks>
/// <example>
/// <code>
/// using MergePlan plan = new MergePlanner(resolver, MergeMethodRegistry.CreateDefault()).Plan(MergeRecipe.Load("ties.yml"));
/// Console.WriteLine(plan.Describe(maxTensors: 10));
/// </code>
/// </example>
public sealed partial class MergePlanner
{
    private readonly IModelResolver _resolver;
    private readonly MergeMethodRegistry _methods;
    private readonly MergePlanOptions _options;

    /// <summary>Creates a planner.</summary>
    /// <param name="resolver">Opens the models that recipes name.</param>
    /// <param name="methods">The methods that recipes may name.</param>
    /// <param name="options">Settings, or null for the defaults.</param>
    public MergePlanner(IModelResolver resolver, MergeMethodRegistry methods, MergePlanOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        ArgumentNullException.ThrowIfNull(methods);
        _resolver = resolver;
        _methods = methods;
        _options = options ?? new MergePlanOptions();
    }

    /// <summary>Plans a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="cancellationToken">Checked between models and layers.</param>
    /// <returns>The plan; the caller disposes it, which closes the models.</returns>
    /// <exception cref="MergePlanException">The recipe cannot be merged; the error lists every problem.</exception>
    public MergePlan Plan(MergeRecipe recipe, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        PlanFindings findings = new(_options.NamedTensors);
        foreach (PlanProblem problem in RecipeShape.Check(recipe))
        {
            findings.Add(problem);
        }

        MergeMethod? method = new MethodRules(recipe, _methods, findings).Check();
        ModelCatalog models = ModelCatalog.Open(recipe, _resolver, findings, cancellationToken);
        try
        {
            return Plan(recipe, method, models, findings, cancellationToken);
        }
        catch
        {
            models.Dispose();
            throw;
        }
    }

    private static MergePlan Plan(MergeRecipe recipe, MergeMethod? method, ModelCatalog models, PlanFindings findings, CancellationToken cancellationToken)
    {
        VocabularyPlan? vocabulary = VocabularyPlan.Create(recipe, models, findings);
        IReadOnlyList<ModulePart> parts = ModulePart.Of(recipe, models, findings);
        foreach (ModulePart part in parts)
        {
            part.Plan(method, vocabulary, cancellationToken);
        }

        List<PlannedTensor> tensors = [.. parts.SelectMany(part => part.Tensors)];
        if (tensors.Count == 0 && !findings.HasProblems)
        {
            findings.Add(PlanProblemKind.NoTensors, "The models have no tensors to merge.");
        }

        string? tokenizerFolder = (vocabulary?.Source ?? models.Find(recipe.BaseModel ?? recipe.References().FirstOrDefault() ?? string.Empty))?.Tensors.Folder;
        SideDocuments documents = SideDocuments.Create(recipe, tokenizerFolder, vocabulary, models.Models, findings);
        // With problems the plan is not whole, and what is missing would only give rise to wrong warnings.
        if (method is null || findings.HasProblems)
        {
            throw new MergePlanException(findings.Problems());
        }

        OpenModel donor = models.Find(recipe.BaseModel ?? recipe.References().First())!;
        OutputConfig.Compare(donor, models.Models, findings);
        JsonObject? config = OutputConfig.Create(donor, parts, tensors, findings);
        if (vocabulary is not null)
        {
            vocabulary.CompareSpecialTokens();
            if (config is not null)
            {
                vocabulary.Apply(config, donor);
            }
        }

        UnusedFilters.Warn(recipe, tensors, findings);
        int layerCount = parts.Sum(part => part.LayerCount);
        return new MergePlan(recipe, method, models, tensors, layerCount, config, tokenizerFolder, vocabulary, documents, findings.Warnings());
    }
}
