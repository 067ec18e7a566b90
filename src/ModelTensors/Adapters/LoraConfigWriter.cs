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
    /// <exception cref="InvalidOperationException">There is nothing to write, or a whole weight belongs to a module with factors.</exception>
    public static string Write(IReadOnlyList<(string Path, long Rank, double Scaling)> modules, IReadOnlyList<string> wholeTensors, LoraAdapterWriterOptions options) =>
        Document(modules, wholeTensors, options).ToJsonString(Indented) + "\n";

    /// <summary>Makes the document.</summary>
    /// <exception cref="InvalidOperationException">There is nothing to write, or a whole weight belongs to a module with factors.</exception>
    public static JsonObject Document(IReadOnlyList<(string Path, long Rank, double Scaling)> modules, IReadOnlyList<string> wholeTensors, LoraAdapterWriterOptions options)
    {
        if (modules.Count + wholeTensors.Count == 0)
        {
            throw new InvalidOperationException("An adapter needs at least one module or whole tensor.");
        }

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
            else if (isBias)
            {
                hasBiases = true;
            }
            else
            {
                throw new InvalidOperationException($"'{name}' cannot be written whole: its module has factors.");
            }
        }

        // Readers that ignore the patterns take alpha over rank from these two: right for every module where the scalings are one number.
        (_, long rank, double scaling) = modules.Count == 0 ? (string.Empty, 1, 1) : modules.MaxBy(module => module.Rank);
        double alpha = scaling * rank;
        return new JsonObject
        {
            ["alpha_pattern"] = Patterns(modules.Select(module => (module.Path, module.Scaling * module.Rank)), alpha),
            ["base_model_name_or_path"] = options.BaseModel,
            ["bias"] = hasBiases ? "lora_only" : "none",
            ["fan_in_fan_out"] = options.IsFanInFanOut,
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
