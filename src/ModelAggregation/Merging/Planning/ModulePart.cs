using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>What is planned as a whole: a module of a recipe with the tensors that it takes, or everything when the recipe has no modules.</summary>
/// <param name="Module">The module; nameless for everything.</param>
/// <param name="Recipe">The recipe as the module sees it: with its models or slices, its base model, and its parameters over the recipe's.</param>
/// <param name="Models">The models' parts.</param>
/// <param name="Findings">Receives problems and warnings.</param>
internal sealed record ModulePart(MergeModule Module, MergeRecipe Recipe, ModelCatalog Models, PlanFindings Findings)
{
    /// <summary>Gets the slices once they are laid out.</summary>
    public IReadOnlyList<SliceLayout> Slices { get; private set; } = [];

    /// <summary>Gets the planned tensors.</summary>
    public IReadOnlyList<PlannedTensor> Tensors { get; private set; } = [];

    /// <summary>Gets the number of layers of the output.</summary>
    public int LayerCount => Slices.Sum(slice => slice.Length);

    /// <summary>Cuts a recipe and its models into modules.</summary>
    public static IReadOnlyList<ModulePart> Of(MergeRecipe recipe, ModelCatalog models, PlanFindings findings)
    {
        if (recipe.Modules.Count == 0)
        {
            return [new ModulePart(recipe.Parts[0], recipe, models, findings)];
        }

        ModuleTensors tensors = ModuleTensors.Sort(recipe, models, findings);
        return [.. recipe.Modules.Select(module => new ModulePart(
            module,
            recipe with
            {
                Modules = [],
                Models = module.Models,
                Slices = module.Slices,
                BaseModel = module.BaseModel ?? recipe.BaseModel,
                Parameters = WiderScope.Over(recipe.Parameters, module.Parameters),
            },
            models.Part(model => tensors.Of(module, model)),
            findings.In(module.Name)))];
    }

    /// <summary>Lays out the layers and plans the tensors.</summary>
    public void Plan(MergeMethod? method, VocabularyPlan? vocabulary, CancellationToken cancellationToken)
    {
        List<SliceLayout> slices = new SliceLayouts(Recipe, method, Models, Findings).Create();
        Slices = slices;
        Tensors = slices.Count > 0 ? new TensorPlanner(Recipe, method, vocabulary, Findings).Plan(slices, cancellationToken) : [];
    }
}
