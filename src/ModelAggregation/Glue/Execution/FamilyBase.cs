using ModelAggregation.Zoo;

namespace ModelAggregation.Glue.Execution;

/// <summary>Finds the base of a family.</summary>
internal static class FamilyBase
{
    private const int FewestToTell = 3;

    /// <summary>Returns the base of a family, or null when it has none.</summary>
    public static string? Of(IReadOnlyList<string> bases, ModelCluster family, ModelZoo zoo, SimilarityMatrix similarity)
    {
        if (bases is [GlueSearch.Auto])
        {
            return family.Models.Count < FewestToTell ? null : MostAlike(family.Models, similarity);
        }

        return bases.FirstOrDefault(reference => family.Models.Contains(reference, StringComparer.Ordinal))
            ?? bases.FirstOrDefault(reference => !zoo.Models.Any(model => string.Equals(model.Name, reference, StringComparison.Ordinal)) && HasArchitecture(reference, family, zoo));
    }

    // Of models with the same mean the first, whatever the last bits of the others.
    private static string MostAlike(IReadOnlyList<string> models, SimilarityMatrix similarity)
    {
        int[] places = [.. models.Select(model => similarity.Models.ToList().IndexOf(model))];
        return models[Enumerable.Range(0, places.Length).MaxBy(index => places.Where((_, other) => other != index).Sum(place => similarity[places[index], place]))];
    }

    private static bool HasArchitecture(string reference, ModelCluster family, ModelZoo zoo) =>
        string.Equals(ModelZoo.Open([reference], zoo.Resolver).Models[0].ArchitectureKey, family.ArchitectureKey, StringComparison.Ordinal);
}
