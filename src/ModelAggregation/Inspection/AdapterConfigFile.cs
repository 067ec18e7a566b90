using System.Text.Json;
using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Inspection;

/// <summary>Finds the configuration of a PEFT adapter beside its tensors.</summary>
internal static class AdapterConfigFile
{
    private const string ConfigFileName = "adapter_config.json";
    private const string TensorFilePrefix = "adapter_model";

    // It lists modules by name; one that lists every module of the largest models stays far below.
    private const long MaxLength = 16L << 20;

    /// <summary>Reads the configuration, or returns null where the tensors are not an adapter's.</summary>
    public static JsonObject? Read(TensorSet model)
    {
        if (model.Folder is not { } folder || !model.Files.Any(file => file.Name.StartsWith(TensorFilePrefix, StringComparison.Ordinal)))
        {
            return null;
        }

        FileInfo file = new(Path.Combine(folder, ConfigFileName));
        if (!file.Exists)
        {
            return null;
        }

        if (file.Length > MaxLength)
        {
            throw Invalid(file, $"has {file.Length} bytes, at most {MaxLength} are read");
        }

        try
        {
            return JsonNode.Parse(File.ReadAllBytes(file.FullName)) as JsonObject ?? throw Invalid(file, "is not a JSON object");
        }
        catch (JsonException error)
        {
            throw Invalid(file, $"is not valid JSON: {error.Message}", error);
        }
    }

    private static CheckpointException Invalid(FileInfo file, string what, Exception? cause = null) =>
        new(CheckpointError.ConfigInvalid, $"'{file.FullName}' {what}.", file.FullName, innerException: cause);
}
