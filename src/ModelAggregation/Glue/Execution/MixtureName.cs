using ModelAggregation.Glue.Recipes;

namespace ModelAggregation.Glue.Execution;

/// <summary>Names of mixtures and of their folders.</summary>
internal static class MixtureName
{
    public static string Of(GlueMixture mixture) => mixture.Name ?? GlueWords.Word(mixture.Level);

    /// <summary>Returns the name of a mixture within a family.</summary>
    public static string Of(GlueMixture mixture, string family) => $"{Of(mixture)}-{family}";
}
