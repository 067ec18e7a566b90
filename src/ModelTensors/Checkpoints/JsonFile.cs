using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelTensors.Checkpoints;

/// <summary>Reads JSON files that others wrote.</summary>
internal static class JsonFile
{
    // The index of the largest public models has a few megabytes.
    private const long MaxLength = 256L << 20;

    /// <summary>Reads a file that must hold one JSON object with distinct keys and whole texts.</summary>
    /// <exception cref="CheckpointException">It does not; with the error that the caller names.</exception>
    public static JsonObject ReadObject(string path, CheckpointError error) => Parse(ReadBytes(path, error), path, error);

    /// <summary>Reads a file that is no larger than such files are.</summary>
    /// <exception cref="CheckpointException">It is larger; with the error that the caller names.</exception>
    public static byte[] ReadBytes(string path, CheckpointError error)
    {
        long length = new FileInfo(path).Length;
        return length <= MaxLength
            ? File.ReadAllBytes(path)
            : throw new CheckpointException(error, $"'{path}' has {length} bytes, at most {MaxLength} are read.", path);
    }

    /// <summary>Parses the content of a file that must be one JSON object with distinct keys and whole texts.</summary>
    /// <exception cref="CheckpointException">It is not; with the error that the caller names.</exception>
    public static JsonObject Parse(byte[] content, string path, CheckpointError error)
    {
        try
        {
            JsonNode? node = JsonNode.Parse(content, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 64 });
            JsonObject document = node as JsonObject ?? throw new CheckpointException(error, $"'{path}' is not a JSON object.", path);
            // Nodes decode their texts late: writing all of them finds half a surrogate pair now, not in the middle of a merge.
            _ = document.ToJsonString();
            return document;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new CheckpointException(error, $"'{path}' is not valid JSON: {e.Message}", path, innerException: e);
        }
    }
}
