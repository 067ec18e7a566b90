using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ModelTensors.Safetensors;

namespace ModelTensors.Checkpoints;

/// <summary>Which tensor of an output goes to which file: greedily, in the given order.</summary>
internal sealed class ShardLayout
{
    private readonly Dictionary<string, int> _shardByTensor = new(StringComparer.Ordinal);

    public ShardLayout(IReadOnlyList<TensorInfo> tensors, long shardSize, IReadOnlyDictionary<string, string>? metadata)
    {
        List<List<TensorInfo>> groups = [[]];
        long size = 0;
        foreach (TensorInfo tensor in tensors)
        {
            if (tensor.ByteLength > shardSize - size && groups[^1].Count > 0)
            {
                groups.Add([]);
                size = 0;
            }

            if (!_shardByTensor.TryAdd(tensor.Name, groups.Count - 1))
            {
                throw new ArgumentException($"Tensor '{tensor.Name}' occurs twice.", nameof(tensors));
            }

            groups[^1].Add(tensor);
            // A single tensor larger than a shard saturates it.
            size = Math.Min(shardSize, tensor.ByteLength > shardSize - size ? shardSize : size + tensor.ByteLength);
            TensorBytes = checked(TensorBytes + tensor.ByteLength);
        }

        Headers = [.. groups.Select(group => SafetensorsHeader.Create(group, metadata))];
        FileNames = groups.Count == 1
            ? [Checkpoint.ModelFileName]
            : [.. Enumerable.Range(1, groups.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"model-{i:D5}-of-{groups.Count:D5}.safetensors"))];
        TotalBytes = Headers.Aggregate(0L, (sum, header) => checked(sum + header.FileLength));
        Hash = ComputeHash();
    }

    public IReadOnlyList<string> FileNames { get; }

    public IReadOnlyList<SafetensorsHeader> Headers { get; }

    /// <summary>The bytes of all tensors.</summary>
    public long TensorBytes { get; }

    /// <summary>The bytes of all files, headers included.</summary>
    public long TotalBytes { get; }

    /// <summary>The hash of names and headers: two runs of one hash write the same bytes to the same places.</summary>
    public string Hash { get; }

    public bool TryGetShard(string tensorName, out int shard) => _shardByTensor.TryGetValue(tensorName, out shard);

    public SafetensorsEntry Entry(string tensorName) =>
        _shardByTensor.TryGetValue(tensorName, out int shard) && Headers[shard].TryGet(tensorName, out SafetensorsEntry? entry)
            ? entry
            : throw new ArgumentException($"The output has no tensor '{tensorName}'.", nameof(tensorName));

    /// <summary>The content of the index file, sorted by tensor as transformers does; null for a single shard, which needs none.</summary>
    public byte[]? WriteIndex()
    {
        if (FileNames.Count == 1)
        {
            return null;
        }

        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("metadata"u8);
            writer.WriteNumber("total_size"u8, TensorBytes);
            writer.WriteEndObject();
            writer.WriteStartObject("weight_map"u8);
            foreach ((string tensor, int shard) in _shardByTensor.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                writer.WriteString(tensor, FileNames[shard]);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private string ComputeHash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Each header begins with its own length, and their number is that of the names: the concatenation is unambiguous.
        foreach (SafetensorsHeader header in Headers)
        {
            hash.AppendData(header.Write());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
