using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Glue.Execution;

/// <summary>The JSON of a pipeline's artefacts.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n", UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(GlueManifest))]
[JsonSerializable(typeof(FamilyFile))]
[JsonSerializable(typeof(ScoresFile))]
[JsonSerializable(typeof(FolderScoreRecord))]
[JsonSerializable(typeof(MixtureFile))]
internal sealed partial class GlueJson : JsonSerializerContext
{
    /// <summary>Writes a file, in full or not at all.</summary>
    public static void Write<T>(string path, T value, JsonTypeInfo<T> type) => DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>Reads a file.</summary>
    /// <exception cref="GlueException">The file is no such JSON.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static T Read<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), type) ?? throw new JsonException("It is null.");
        }
        catch (JsonException error)
        {
            throw new GlueException(GlueError.ArtefactInvalid, $"'{path}' cannot be read: {error.Message} Restore it, or run into another folder.", path, error);
        }
    }
}
