using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ModelTensors.Adapters;

/// <summary>Writes an <c>adapter_config.json</c> with as few keys as every version of PEFT takes, sorted as PEFT sorts them.</summary>
internal static class LoraConfigWriter
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the text of the file.</summary>
    public static string Write(JsonObject document) => document.ToJsonString(Indented) + "\n";

    /// <summary>Makes the document.</summary>
    /// <param name="adapted">The modules, which are written with the greatest of their ranks where <paramref name="options"/> say so.</param>
    /// <param name="wholeTensors">The names of the tensors that are written whole.</param>
    /// <param name="options">The rest.</param>
    /// <exception cref="InvalidOperationException">There is nothing to write, or no one configuration stands for the modules.</exception>
    public static JsonObject Document(IReadOnlyCollection<LoraModule> adapted, IReadOnlyCollection<string> wholeTensors, LoraAdapterWriterOptions options)
    {
        if (adapted.Count + wholeTensors.Count == 0)
        {
            throw new InvalidOperationException("An adapter needs at least one module or whole tensor.");
        }

        bool usesMagnitudes = IsTrueOfAll(adapted, module => module.Magnitude is not null, "have magnitudes (DoRA)");
        bool isTransposed = IsTrueOfAll(adapted.Where(module => module.Kind == LoraModuleKind.Linear), module => module.IsTransposed, "store their weight [in, out]");
        bool hasLoraBias = adapted.Any(module => module.Bias is not null);
        long padded = PaddedRank(adapted, options);
        (string Path, long Rank, double Scaling)[] modules = [.. adapted.Select(module => (module.Path, Math.Max(module.Rank, padded), module.Scaling))];
        HashSet<string> factored = [.. modules.Select(module => module.Path)];
        SortedSet<string> saved = new(StringComparer.Ordinal);
        bool hasBiases = false;
        foreach (string name in wholeTensors)
        {
            int dot = name.LastIndexOf('.');
            bool isBias = name.EndsWith(".bias", StringComparison.Ordinal);
            if (!factored.Contains(name[..dot]))
            {
                saved.Add(name[..dot]);
            }
            else
            {
                // The weight below the factors needs no word: its name says it.
                hasBiases |= isBias;
            }
        }

        // Readers that ignore the patterns take alpha over rank from these two: right for every module where the scalings are one number.
        (_, long rank, double scaling) = modules.Length == 0 ? (string.Empty, 1, 1) : modules.MaxBy(module => module.Rank);
        double alpha = scaling * rank;
        JsonObject document = new()
        {
            ["alpha_pattern"] = Patterns(modules.Select(module => (module.Path, module.Scaling * module.Rank)), alpha),
            ["base_model_name_or_path"] = options.BaseModel,
            ["bias"] = hasBiases ? "lora_only" : "none",
            ["fan_in_fan_out"] = options.IsFanInFanOut || isTransposed,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["lora_alpha"] = Number(alpha),
            ["lora_dropout"] = 0.0,
            ["modules_to_save"] = saved.Count == 0 ? null : new JsonArray([.. saved.Select(name => (JsonNode)name)]),
            ["peft_type"] = "LORA",
            ["r"] = rank,
            ["rank_pattern"] = Patterns(modules.Select(module => (module.Path, (double)module.Rank)), rank),
            ["revision"] = null,
            ["target_modules"] = new JsonArray([.. (options.TargetModules ?? [.. modules.Select(module => module.Path)]).Select(name => (JsonNode)name)]),
            ["task_type"] = options.TaskType,
        };

        // Older versions refuse keys that they do not know: these are there only when they say something.
        if (usesMagnitudes)
        {
            document["use_dora"] = true;
        }

        if (hasLoraBias)
        {
            document.Insert(document.IndexOf("lora_dropout"), "lora_bias", true);
        }

        return document;
    }

    /// <summary>Returns the rank that all factors are filled up to, or 0 where each keeps its own.</summary>
    public static long PaddedRank(IReadOnlyCollection<LoraModule> modules, LoraAdapterWriterOptions options) =>
        options.Ranks == RankLayout.ZeroPadded ? Math.Max(options.PaddedRank, modules.Select(module => module.Rank).DefaultIfEmpty(1).Max()) : 0;

    private static bool IsTrueOfAll(IEnumerable<LoraModule> modules, Func<LoraModule, bool> property, string what)
    {
        ILookup<bool, LoraModule> sides = modules.ToLookup(property);
        return !sides[true].Any() || !sides[false].Any()
            ? sides[true].Any()
            : throw new InvalidOperationException(
                $"An adapter has one configuration for all modules, but '{sides[true].First().Path}' and '{sides[false].First().Path}' differ: all or none {what}.");
    }

    // A whole path with its beginning marked matches that module alone, in whatever order the patterns are tried.
    private static JsonObject Patterns(IEnumerable<(string Path, double Value)> modules, double otherwise)
    {
        JsonObject patterns = [];
        foreach ((string path, double own) in modules.Where(module => !module.Value.Equals(otherwise)))
        {
            patterns["^" + Regex.Escape(path)] = Number(own);
        }

        return patterns;
    }

    // Some readers take whole numbers only, so that is what they get wherever it is one.
    private static JsonValue Number(double value) => double.IsInteger(value) && Math.Abs(value) < long.MaxValue ? JsonValue.Create((long)value) : JsonValue.Create(value);
}
