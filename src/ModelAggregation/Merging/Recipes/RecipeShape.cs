using ModelAggregation.Merging.Planning;

namespace ModelAggregation.Merging.Recipes;

/// <summary>The rules of a recipe that are known without its method and its models.</summary>
internal static class RecipeShape
{
    public static IEnumerable<PlanProblem> Check(MergeRecipe recipe)
    {
        (string Key, int Count)[] ways = [("models", recipe.Models.Count), ("slices", recipe.Slices.Count), ("modules", recipe.Modules.Count)];
        if (ExactlyOne("A recipe", ways) is { } problem)
        {
            yield return problem;
        }

        if (recipe.References().Concat(recipe.StatisticsReferences()).Any(string.IsNullOrWhiteSpace))
        {
            yield return new PlanProblem(PlanProblemKind.RecipeShape, "A model's reference is empty.");
        }

        foreach (string message in VocabularyRules(recipe))
        {
            yield return new PlanProblem(PlanProblemKind.RecipeShape, message);
        }

        foreach (PlanProblem slice in Check(recipe.Slices, string.Empty).Concat(Check(recipe.Modules)))
        {
            yield return slice;
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

    private static IEnumerable<PlanProblem> Check(IReadOnlyList<MergeModule> modules)
    {
        foreach (IGrouping<string, MergeModule> twice in modules.GroupBy(module => module.Name, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            yield return new PlanProblem(PlanProblemKind.RecipeShape, $"{twice.Count()} modules have the name '{twice.Key}'.");
        }

        foreach (MergeModule module in modules)
        {
            string where = $"Module '{module.Name}'";
            if (ExactlyOne(where, [("models", module.Models.Count), ("slices", module.Slices.Count)]) is { } problem)
            {
                yield return problem;
            }

            if (string.IsNullOrWhiteSpace(module.Name) || module.Prefixes.Any(string.IsNullOrWhiteSpace))
            {
                yield return new PlanProblem(PlanProblemKind.RecipeShape, $"{where} has an empty name or prefix.");
            }

            foreach (PlanProblem slice in Check(module.Slices, $"{where}: "))
            {
                yield return slice;
            }
        }
    }

    private static PlanProblem? ExactlyOne(string what, (string Key, int Count)[] ways)
    {
        string[] found = [.. ways.Where(way => way.Count > 0).Select(way => $"'{way.Key}'")];
        if (found.Length == 1)
        {
            return null;
        }

        string[] keys = [.. ways.Select(way => $"'{way.Key}'")];
        string has = found.Length == 0 ? "none" : string.Join(" and ", found);
        return new PlanProblem(PlanProblemKind.RecipeShape, $"{what} has exactly one of {string.Join(", ", keys.SkipLast(1))} and {keys[^1]}; this one has {has}.");
    }

    private static IEnumerable<PlanProblem> Check(IReadOnlyList<MergeSlice> slices, string where) =>
        slices.SelectMany((slice, index) => Check(slice, $"{where}{(where.Length > 0 ? "slice" : "Slice")} {index + 1}"));

    private static IEnumerable<PlanProblem> Check(MergeSlice slice, string where)
    {
        if (slice.Sources.Count == 0)
        {
            yield return new PlanProblem(PlanProblemKind.RecipeShape, $"{where} has no sources.");
            yield break;
        }

        foreach (MergeSliceSource source in slice.Sources.Where(source => source.Start < 0 || source.End <= source.Start))
        {
            yield return new PlanProblem(
                PlanProblemKind.LayerRange, $"{where}: layers [{source.Start}, {source.End}] of '{source.Model}' are no range of layers.", Model: source.Model);
        }

        MergeSliceSource first = slice.Sources[0];
        foreach (MergeSliceSource other in slice.Sources.Where(source => source.End - source.Start != first.End - first.Start))
        {
            yield return new PlanProblem(
                PlanProblemKind.UnequalLayerCounts,
                $"{where}: {first.End - first.Start} layers of '{first.Model}' but {other.End - other.Start} of '{other.Model}'; "
                + "all sources of a slice have the same number.",
                Model: other.Model);
        }
    }
}
