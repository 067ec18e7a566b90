using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>Warns of name filters that fit no tensor: most often they are misspelt.</summary>
internal static class UnusedFilters
{
    public static void Warn(MergeRecipe recipe, IReadOnlyList<PlannedTensor> tensors, PlanFindings findings)
    {
        IEnumerable<ParameterSet> scopes = recipe.Parts.SelectMany(module => module.Models.Select(model => model.Parameters)
                .Concat(module.Slices.Select(slice => slice.Parameters))
                .Concat(module.Slices.SelectMany(slice => slice.Sources).Select(source => source.Parameters))
                .Append(module.Parameters))
            .Append(recipe.Parameters);
        (string Parameter, string Filter)[] filters = [.. scopes
            .SelectMany(scope => scope)
            .SelectMany(entry => Filters(entry.Value).Select(filter => (entry.Key, filter)))
            .Distinct()];
        foreach ((string parameter, string filter) in filters.Where(item => !tensors.Any(tensor => Fits(item.Filter, tensor))))
        {
            findings.Warn($"Parameter '{parameter}': the filter '{filter}' fits no tensor's name.");
        }
    }

    private static bool Fits(string filter, PlannedTensor tensor) =>
        tensor.Name.Contains(filter, StringComparison.Ordinal) || tensor.Inputs.Any(input => input.TensorName.Contains(filter, StringComparison.Ordinal));

    private static IEnumerable<string> Filters(ParameterValue value) => value is FilteredParameter filtered
        ? filtered.Cases.Where(item => !item.FitsAll).Select(item => item.Filter!).Concat(filtered.Cases.SelectMany(item => Filters(item.Value)))
        : [];
}
