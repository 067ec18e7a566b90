using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ModelTensors.Checkpoints;

/// <summary>What a <c>quantization_config</c> says about the 8-bit floats of a checkpoint.</summary>
internal sealed class QuantizationScheme
{
    private readonly List<string> _ignoredModules = [];
    private readonly List<Regex> _ignoredPatterns = [];

    private QuantizationScheme()
    {
    }

    /// <summary>The rows and columns of the blocks that share a scale, when the configuration has them.</summary>
    public (int Rows, int Columns)? Block { get; private init; }

    /// <summary>Reads the scheme of a model; null when it has none.</summary>
    /// <exception cref="CheckpointException">The scheme is malformed, or is not one of 8-bit floats.</exception>
    public static QuantizationScheme? Read(ModelConfig? config, string path)
    {
        JsonNode? node = config?.ToDocument()["quantization_config"];
        if (node is null)
        {
            return null;
        }

        JsonObject document = node as JsonObject ?? throw Invalid(path, "'quantization_config' is not an object");
        string method = Text(document["quant_method"]) ?? "(none named)";
        string? format = Text(document["format"]);
        bool known = method switch
        {
            "fp8" => true,
            "compressed-tensors" => format is "float-quantized",
            _ => false,
        };
        if (!known)
        {
            string what = format is null ? $"'{method}'" : $"'{method}' of format '{format}'";
            throw new CheckpointException(
                CheckpointError.UnsupportedQuantization,
                $"The weights of '{path}' are quantized with {what}; only 'fp8' and 'compressed-tensors' of format 'float-quantized' can be read. Use the unquantized model.",
                path);
        }

        QuantizationScheme scheme = new() { Block = ReadBlock(document["weight_block_size"], path) };
        scheme.AddIgnored(document["modules_to_not_convert"], path);
        scheme.AddIgnored(document["ignore"], path);
        return scheme;
    }

    /// <summary>Tells whether the scheme leaves a tensor alone: its module is listed, by its whole name or the end or the beginning of it.</summary>
    public bool Ignores(string tensorName)
    {
        int dot = tensorName.LastIndexOf('.');
        string module = dot < 0 ? tensorName : tensorName[..dot];
        return _ignoredModules.Exists(name =>
                string.Equals(module, name, StringComparison.Ordinal)
                || string.Equals(tensorName, name, StringComparison.Ordinal)
                || module.EndsWith("." + name, StringComparison.Ordinal)
                || module.StartsWith(name + ".", StringComparison.Ordinal))
            || _ignoredPatterns.Exists(pattern => pattern.IsMatch(module));
    }

    private static (int Rows, int Columns)? ReadBlock(JsonNode? node, string path)
    {
        if (node is null)
        {
            return null;
        }

        return node is JsonArray { Count: 2 } sizes
            && sizes[0] is JsonValue first && first.TryGetValue(out int rows) && rows > 0
            && sizes[1] is JsonValue second && second.TryGetValue(out int columns) && columns > 0
                ? (rows, columns)
                : throw Invalid(path, "'weight_block_size' is not an array of two positive numbers");
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static CheckpointException Invalid(string path, string what, Exception? cause = null) =>
        new(CheckpointError.ConfigInvalid, $"In the configuration of '{path}', {what}.", path, innerException: cause);

    private void AddIgnored(JsonNode? node, string path)
    {
        if (node is null)
        {
            return;
        }

        foreach (JsonNode? item in node as JsonArray ?? throw Invalid(path, "the list of modules that are not quantized is not an array"))
        {
            string name = Text(item) ?? throw Invalid(path, "the list of modules that are not quantized has an item that is not a text");
            if (!name.StartsWith("re:", StringComparison.Ordinal))
            {
                _ignoredModules.Add(name);
                continue;
            }

            try
            {
                // The pattern comes from the file: without backtracking it cannot take forever.
                _ignoredPatterns.Add(new Regex($"^(?:{name[3..]})", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Regex.InfiniteMatchTimeout));
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                throw Invalid(path, $"the pattern '{name}' of modules that are not quantized cannot be read", e);
            }
        }
    }
}
