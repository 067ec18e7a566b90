using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>Names of models that do not say where on this machine they lie, so that hashes and random numbers are the same on every machine.</summary>
internal sealed class StableNames
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    public StableNames(MergeRecipe recipe)
    {
        HashSet<string> taken = new(StringComparer.Ordinal);
        // Statistics come last, so that they change no model's name.
        foreach (string reference in recipe.References().Union(recipe.StatisticsReferences(), StringComparer.Ordinal))
        {
            string name = LastPartOfAbsolute(reference);
            string free = name;
            for (int number = 2; !taken.Add(free); number++)
            {
                free = $"{name}#{number}";
            }

            _names.Add(reference, free);
        }
    }

    public string Of(string reference) => _names[reference];

    /// <summary>Returns the recipe with names in place of references.</summary>
    public MergeRecipe Apply(MergeRecipe recipe) => recipe with
    {
        BaseModel = recipe.BaseModel is null ? null : Of(recipe.BaseModel),
        Models = [.. recipe.Models.Select(model => model with { Model = Of(model.Model), Statistics = OfStatistics(model.Statistics) })],
        Slices = [.. recipe.Slices.Select(slice => slice with
        {
            Sources = [.. slice.Sources.Select(source => source with { Model = Of(source.Model), Statistics = OfStatistics(source.Statistics) })],
        })],
    };

    private string? OfStatistics(string? reference) => reference is null ? null : Of(reference);

    // Also paths of the other operating system: the name must not depend on which one reads the recipe.
    private static string LastPartOfAbsolute(string reference)
    {
        bool isAbsolute = reference.StartsWith('/') || reference.StartsWith('\\') || reference.StartsWith('~')
            || (reference.Length > 2 && char.IsAsciiLetter(reference[0]) && reference[1] == ':' && reference[2] is ('/' or '\\'));
        string[] parts = isAbsolute ? reference.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries) : [];
        return parts.Length > 0 ? parts[^1] : reference;
    }
}
