using System.Text.Json.Nodes;

namespace ModelTensors.Checkpoints;

/// <summary>Which file of a folder holds which tensor: a <c>model.safetensors.index.json</c>.</summary>
internal static class ShardIndex
{
    public const string FileName = "model.safetensors.index.json";

    /// <summary>Reads the map from tensors to file names, each of which is a plain name inside the folder.</summary>
    public static Dictionary<string, string> Read(string path)
    {
        if (JsonFile.ReadObject(path, CheckpointError.IndexInvalid)["weight_map"] is not JsonObject map)
        {
            throw new CheckpointException(CheckpointError.IndexInvalid, $"'{path}' has no object 'weight_map'.", path);
        }

        Dictionary<string, string> shards = new(map.Count, StringComparer.Ordinal);
        foreach ((string tensor, JsonNode? node) in map)
        {
            if (node is not JsonValue value || !value.TryGetValue(out string? shard) || shard.Length == 0)
            {
                throw new CheckpointException(CheckpointError.IndexInvalid, $"'{path}' does not name a file for tensor '{tensor}'.", path, tensor);
            }

            // Checked as text, not as a resolved path: the Hugging Face cache links plain names to files elsewhere.
            if (!IsPlainFileName(shard))
            {
                throw new CheckpointException(
                    CheckpointError.IndexEscapesFolder, $"'{path}' places tensor '{tensor}' in '{shard}', which is not a plain file name.", path, tensor);
            }

            if (PickleFiles.IsPickle(shard))
            {
                throw PickleFiles.Refuse(Path.Combine(Path.GetDirectoryName(path)!, shard));
            }

            shards.Add(tensor, shard);
        }

        return shards;
    }

    // The same on every system: a name that is harmless on Linux alone is of no use in a checkpoint.
    public static bool IsPlainFileName(string name) =>
        name.Length is > 0 and <= 255 && name is not ("." or "..") && name.AsSpan().IndexOfAny("/\\:\0") < 0;
}
