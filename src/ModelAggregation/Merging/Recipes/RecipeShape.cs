using ModelAggregation.Merging.Planning;

namespace ModelAggregation.Merging.Recipes;

/// <summary>The rules of a recipe that are known without its method and its models.</summary>
internal static class RecipeShape
{
    public static IEnumerable<PlanProblem> Check(MergeRecipe recipe)
    {
        if ((recipe.Models.Count == 0) == (recipe.Slices.Count == 0))
        {
            string found = recipe.Models.Count == 0 ? "neither" : "both";
            yield return new PlanProblem(PlanProblemKind.RecipeShape, $"A recipe has either 'models' or 'slices'; this one has {found}.");
        }

        if (recipe.References().Concat(recipe.StatisticsReferences()).Any(string.IsNullOrWhiteSpace))
        {
            yield return new PlanProblem(PlanProblemKind.RecipeShape, "A model's reference is empty.");
        }

        for (int index = 0; index < recipe.Slices.Count; index++)
        {
            foreach (PlanProblem problem in Check(recipe.Slices[index], index + 1))
            {
                yield return problem;
            }
        }

        foreach ((string key, ModelTensors.DataType? type) in new[] { ("dtype", recipe.DataType), ("out_dtype", recipe.OutputDataType) })
        {
            if (type is { } given && !DataTypeWords.IsUsable(given))
            {
                yield return new PlanProblem(PlanProblemKind.OutputType, $"'{key}': {DataTypeWords.TryParse(DataTypeWords.Word(given), out _)}");
            }
        }
    }

    private static IEnumerable<PlanProblem> Check(MergeSlice slice, int number)
    {
        if (slice.Sources.Count == 0)
        {
            yield return new PlanProblem(PlanProblemKind.RecipeShape, $"Slice {number} has no sources.");
            yield break;
        }

        foreach (MergeSliceSource source in slice.Sources.Where(source => source.Start < 0 || source.End <= source.Start))
        {
            yield return new PlanProblem(
                PlanProblemKind.LayerRange, $"Slice {number}: layers [{source.Start}, {source.End}] of '{source.Model}' are no range of layers.", Model: source.Model);
        }

        MergeSliceSource first = slice.Sources[0];
        foreach (MergeSliceSource other in slice.Sources.Where(source => source.End - source.Start != first.End - first.Start))
        {
            yield return new PlanProblem(
                PlanProblemKind.UnequalLayerCounts,
                $"Slice {number}: {first.End - first.Start} layers of '{first.Model}' but {other.End - other.Start} of '{other.Model}'; "
                + "all sources of a slice have the same number.",
                Model: other.Model);
        }
    }
}
