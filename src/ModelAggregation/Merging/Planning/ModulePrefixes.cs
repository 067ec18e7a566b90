using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Merging.Planning;

/// <summary>Which tensors a module takes, by the beginning of their names: as the recipe says, or by convention.</summary>
internal static class ModulePrefixes
{
    // What checkpoints call the parts that mergekit has these names for; each also with "model." before it.
    private static readonly (string Module, string[] Names)[] Synonyms =
    [
        ("text_decoder", ["language_model", "text_model", "lm_head"]),
        ("vision_tower", ["vision_model", "vision_encoder", "visual"]),
        ("multi_modal_projector", ["mm_projector", "connector"]),
        ("audio_tower", ["audio_model", "audio_encoder"]),
    ];

    /// <summary>Returns the prefixes of a module, without dots at their end; the empty one fits every tensor.</summary>
    public static IReadOnlyList<string> Of(MergeModule module)
    {
        if (module.Prefixes.Count > 0)
        {
            return [.. module.Prefixes.Select(prefix => prefix.TrimEnd('.'))];
        }

        if (string.Equals(module.Name, MergeModule.Default, StringComparison.Ordinal))
        {
            return [string.Empty];
        }

        string[] synonyms = Array.Find(Synonyms, item => string.Equals(item.Module, module.Name, StringComparison.Ordinal)).Names ?? [];
        return [.. synonyms.Prepend(module.Name).SelectMany(name => (string[])[name, $"model.{name}"])];
    }

    /// <summary>Returns whether a prefix fits a tensor: they are equal to the end of the prefix, and there a component ends.</summary>
    public static bool Fits(string prefix, string tensor) =>
        prefix.Length == 0
        || (tensor.StartsWith(prefix, StringComparison.Ordinal) && (tensor.Length == prefix.Length || tensor[prefix.Length] == '.'));
}
