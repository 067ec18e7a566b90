using System.Text.Json.Nodes;
using ModelAggregation.Merging.Recipes;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Planning;

/// <summary>Turns recipes of mixtures into plans, and reports every problem at once.</summary>
internal static class MixturePlanner
{
    public static MixturePlan Plan(MixtureRecipe recipe, IModelResolver resolver, CancellationToken cancellationToken)
    {
        MixtureFindings findings = new();
        RecipeCheck.Run(recipe, findings);
        MixtureModels models = MixtureModels.Open(recipe, resolver, findings, cancellationToken);
        try
        {
            return Plan(recipe, models, findings);
        }
        catch
        {
            models.Dispose();
            throw;
        }
    }

    private static MixturePlan Plan(MixtureRecipe recipe, MixtureModels models, MixtureFindings findings)
    {
        MixtureModel? dense = models.Find(recipe.DenseModel);
        MixtureModel[] experts = [.. recipe.Experts.Select(expert => models.Find(expert.Model)).OfType<MixtureModel>()];
        if (dense is not null)
        {
            ModelCheck check = new(recipe, dense, findings);
            check.CheckDense();
            foreach (MixtureModel expert in experts.Distinct().Where(expert => expert != dense))
            {
                check.CheckExpert(expert);
            }
        }

        if (dense is null || findings.Problems.Count > 0)
        {
            throw new MixtureException(findings.Problems);
        }

        return new MixturePlan(recipe, models, dense, experts, OutputType(recipe, dense), findings.Warnings);
    }

    // As mergekit-moe has it: the recipe's, else what the dense model's configuration says, else that of its first tensor.
    private static DataType OutputType(MixtureRecipe recipe, MixtureModel dense)
    {
        if (recipe.OutputDataType is { } asked)
        {
            return asked;
        }

        string? word = (dense.Config["torch_dtype"] ?? dense.Config["dtype"]) is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        if (word is not null && DataTypeWords.TryParse(word, out DataType said) is null)
        {
            return said;
        }

        DataType stored = dense.Outside[MixtureNames.Embedding].StoredDataType;
        return DataTypeWords.IsUsable(stored) ? stored : DataType.BF16;
    }
}
