using ModelAggregation.Glue.Recipes;

namespace ModelAggregation.Glue.Execution;

/// <summary>Names of mixtures and of their folders.</summary>
internal static class MixtureName
{
    public static string Of(GlueMixture mixture) => mixture.Name ?? GlueWords.Word(mixture.Level);

    /// <summary>Names mixtures, those within a family after it, no two the same. A mixture of families keeps its name whatever the others are called.</summary>
    /// <param name="mixtures">The mixtures, each with the name of its family, or null for one of families.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<(GlueMixture Mixture, string? Family)> mixtures)
    {
        // Two that differ in case are one folder on some systems.
        HashSet<string> taken = new(mixtures.Where(item => item.Family is null).Select(item => Of(item.Mixture)), StringComparer.OrdinalIgnoreCase);
        List<string> names = [];
        foreach ((GlueMixture mixture, string? family) in mixtures)
        {
            names.Add(family is null ? Of(mixture) : FolderName.Free($"{Of(mixture)}-{family}", taken));
        }

        return names;
    }
}
