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

        if (recipe.References().Any(string.IsNullOrWhiteSpace))
        {
            yield return new PlanProblem(PlanProblemKind.RecipeShape, "A model's reference is empty.");
        }

        foreach (string message in VocabularyRules(recipe))
        {
            yield return new PlanProblem(PlanProblemKind.RecipeShape, message);
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

    private static IEnumerable<string> VocabularyRules(MergeRecipe recipe)
    {
        if (recipe.Tokenizer is { } tokenizer)
        {
            if (recipe.Vocabulary != VocabularyPolicy.Method)
            {
                yield return "A recipe has 'vocabulary', which takes rows by number, or 'tokenizer', which takes them by token, not both.";
            }

            foreach (IGrouping<string, MergeToken> twice in tokenizer.Tokens.GroupBy(token => token.Token, StringComparer.Ordinal).Where(group => group.Count() > 1))
            {
                yield return $"Token '{twice.Key}' is given twice.";
            }
        }

        if (recipe is { Vocabulary: VocabularyPolicy.Base, BaseModel: null })
        {
            yield return "'vocabulary: base' needs a base model; give one as 'base_model'.";
        }

        if (recipe.ChatTemplate is { } template && ChatTemplates.Check(template) is { } problem)
        {
            yield return problem;
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
