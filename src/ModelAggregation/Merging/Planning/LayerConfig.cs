using System.Text.Json.Nodes;

namespace ModelAggregation.Merging.Planning;

/// <summary>Brings what a <c>config.json</c> says of layers up to date, where a model or a module of it is made of slices.</summary>
internal static class LayerConfig
{
    private const string Text = "text_config";

    private static readonly string[] CountKeys = ["num_hidden_layers", "n_layer", "num_layers"];

    // Lists with one entry for each layer.
    private static readonly string[] ListKeys = ["layer_types", "layers_block_type", "mlp_layer_types", "no_rope_layers"];

    // Towers have a section of their own, which is told by a word in the module's name or in a prefix; depth is the count in some.
    private static readonly (string Section, string[] Words, string[] Counts)[] Towers =
    [
        ("vision_config", ["vision", "visual", "image"], [.. CountKeys, "depth"]),
        ("audio_config", ["audio", "speech"], [.. CountKeys, "encoder_layers"]),
    ];

    /// <summary>Sets counts and lists.</summary>
    /// <param name="document">The output's document.</param>
    /// <param name="donor">The whole model whose document it was.</param>
    /// <param name="part">The module that is made of slices.</param>
    public static void Set(JsonObject document, OpenModel donor, ModulePart part)
    {
        int donorLayers = part.Models.Find(donor.Reference)!.Layers.LayerCount;
        bool isCounted = false;
        foreach (string? section in Sections(part, document))
        {
            if (Find(document, section) is not { } owner)
            {
                continue;
            }

            // Without modules there is only one stack that can be meant; with them, the count that fits.
            foreach (string key in Counts(section, part).Where(key => owner.ContainsKey(key) && (part.Module.Name.Length == 0 || IsNumber(owner[key], donorLayers))))
            {
                owner[key] = part.LayerCount;
                isCounted = true;
            }

            SetLists(owner, section, donorLayers, part);
        }

        if (!isCounted && part.Module.Name.Length > 0)
        {
            part.Findings.Warn($"config.json has no count of layers for the module, which has {part.LayerCount} now where model '{donor.Reference}' has {donorLayers}.");
        }
    }

    private static void SetLists(JsonObject owner, string? section, int donorLayers, ModulePart part)
    {
        foreach (string key in ListKeys.Where(key => owner[key] is JsonArray list && list.Count == donorLayers))
        {
            if (List(key, section, part.Slices) is { } rebuilt)
            {
                owner[key] = rebuilt;
            }
            else
            {
                part.Findings.Warn($"config.json: '{key}' is left as it is, because not every model of the slices has one entry for each layer.");
            }
        }
    }

    private static JsonArray? List(string key, string? section, IReadOnlyList<SliceLayout> slices)
    {
        JsonArray rebuilt = [];
        foreach (SliceLayout slice in slices)
        {
            SourceLayout source = slice.Sources[0];
            JsonObject? owner = source.Model.Tensors.Config is { } config ? Find(config.ToDocument(), section) : null;
            if (owner?[key] is not JsonArray list || list.Count != source.Model.Layers.LayerCount)
            {
                return null;
            }

            for (int layer = 0; layer < slice.Length; layer++)
            {
                rebuilt.Add(list[source.Start + layer]?.DeepClone());
            }
        }

        return rebuilt;
    }

    // A language model is described by the document itself, by a section of it, or by both; without modules only one of them can be meant.
    private static string?[] Sections(ModulePart part, JsonObject document)
    {
        string[] names = [part.Module.Name, .. part.Module.Prefixes];
        string? tower = Array.Find(Towers, item => item.Words.Any(word => names.Any(name => name.Contains(word, StringComparison.Ordinal)))).Section;
        return tower is not null ? [tower]
            : part.Module.Name.Length == 0 && CountKeys.Any(document.ContainsKey) ? [null]
            : [null, Text];
    }

    private static string[] Counts(string? section, ModulePart part) => part.Module.Name switch
    {
        "encoder" => ["encoder_layers", "num_layers"],
        "decoder" => ["decoder_layers", "num_decoder_layers"],
        _ => Array.Find(Towers, item => string.Equals(item.Section, section, StringComparison.Ordinal)).Counts ?? CountKeys,
    };

    private static bool IsNumber(JsonNode? node, int number) => node is JsonValue value && value.TryGetValue(out int found) && found == number;

    private static JsonObject? Find(JsonObject document, string? section) => section is null ? document : document[section] as JsonObject;
}
