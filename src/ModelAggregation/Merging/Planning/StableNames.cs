using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>Names of models that do not say where on this machine they lie, so that hashes and random numbers are the same on every machine.</summary>
internal sealed class StableNames
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    // Statistics come last, so that they change no model's name.
    public StableNames(MergeRecipe recipe)
        : this(recipe.References().Union(recipe.StatisticsReferences(), StringComparer.Ordinal))
    {
    }

    /// <summary>Names models.</summary>
    /// <param name="references">Their references, each once.</param>
    public StableNames(IEnumerable<string> references)
    {
        HashSet<string> taken = new(StringComparer.Ordinal);
        foreach (string reference in references)
        {
            // Also the paths of adapters must not say where they lie.
            string name = string.Join('+', reference.Split('+').Select(LastPartOfAbsolute));
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
        BaseModel = OfOptional(recipe.BaseModel),
        Models = Apply(recipe.Models),
        Slices = Apply(recipe.Slices),
        Modules = [.. recipe.Modules.Select(module =>
            module with { BaseModel = OfOptional(module.BaseModel), Models = Apply(module.Models), Slices = Apply(module.Slices) })],
        // A token's row may come from a model that is not merged, which the planner refuses.
        Tokenizer = recipe.Tokenizer?.WithModels(reference => _names.GetValueOrDefault(reference, reference)),
    };

    private string? OfOptional(string? reference) => reference is null ? null : Of(reference);

    private MergeModel[] Apply(IReadOnlyList<MergeModel> models) => [.. models.Select(model => model with { Model = Of(model.Model), Statistics = OfOptional(model.Statistics) })];

    private MergeSlice[] Apply(IReadOnlyList<MergeSlice> slices) =>
    [
        .. slices.Select(slice => slice with
        {
            Sources = [.. slice.Sources.Select(source => source with { Model = Of(source.Model), Statistics = OfOptional(source.Statistics) })],
        }),
    ];

    // Also paths of the other operating system: the name must not depend on which one reads the recipe.
    private static string LastPartOfAbsolute(string reference)
    {
        bool isAbsolute = reference.StartsWith('/') || reference.StartsWith('\\') || reference.StartsWith('~')
            || (reference.Length > 2 && char.IsAsciiLetter(reference[0]) && reference[1] == ':' && reference[2] is ('/' or '\\'));
        string[] parts = isAbsolute ? reference.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries) : [];
        return parts.Length > 0 ? parts[^1] : reference;
    }
}
