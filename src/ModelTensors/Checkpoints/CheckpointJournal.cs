using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ModelTensors.Checkpoints;

/// <summary>
/// The list of tensors that are complete on the disk: one line of JSON each, with a checksum, after a line that names plan and layout.
/// A line is <c>{"sum":"16 hex digits","record":{...}}</c>; the sum is over the bytes of the record.
/// </summary>
internal sealed class CheckpointJournal : IDisposable
{
    public const string FileName = "journal.jsonl";

    private const int SumLength = 16;
    private const int Version = 1;

    private readonly FileStream _stream;

    private CheckpointJournal(FileStream stream) => _stream = stream;

    private static ReadOnlySpan<byte> Prefix => "{\"sum\":\""u8;

    private static ReadOnlySpan<byte> Middle => "\",\"record\":"u8;

    /// <summary>
    /// Reads the records up to the first line that is torn or corrupt: what comes after it is redone.
    /// </summary>
    /// <returns>The note of each complete tensor; null when there is no journal of this plan and layout.</returns>
    public static Dictionary<string, string?>? Read(string path, string planHash, string layoutHash)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        if (NextRecord(ref rest) is not { } first
            || first.Version != Version
            || !string.Equals(first.Plan, planHash, StringComparison.Ordinal)
            || !string.Equals(first.Layout, layoutHash, StringComparison.Ordinal))
        {
            return null;
        }

        Dictionary<string, string?> complete = new(StringComparer.Ordinal);
        while (NextRecord(ref rest) is { Tensor: string tensor } record)
        {
            complete[tensor] = record.Note;
        }

        return complete;
    }

    /// <summary>Replaces the journal by one with these records, atomically, and leaves it open for more.</summary>
    public static CheckpointJournal Create(string path, string planHash, string layoutHash, IEnumerable<KeyValuePair<string, string?>> complete)
    {
        ArrayBufferWriter<byte> buffer = new();
        AppendLine(buffer, new Record(Version, planHash, layoutHash, null, null));
        foreach ((string tensor, string? note) in complete)
        {
            AppendLine(buffer, new Record(0, null, null, tensor, note));
        }

        DurableFile.Write(path, buffer.WrittenSpan);
        // Without a buffer: after a failed write, closing must not try once more.
        return new CheckpointJournal(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0));
    }

    /// <summary>Adds records and waits until they are on the disk. Their tensors must be there already.</summary>
    public void Append(IEnumerable<KeyValuePair<string, string?>> records)
    {
        ArrayBufferWriter<byte> buffer = new();
        foreach ((string tensor, string? note) in records)
        {
            AppendLine(buffer, new Record(0, null, null, tensor, note));
        }

        _stream.Write(buffer.WrittenSpan);
        _stream.Flush(flushToDisk: true);
    }

    public void Dispose() => _stream.Dispose();

    private static void AppendLine(ArrayBufferWriter<byte> buffer, Record record)
    {
        ArrayBufferWriter<byte> json = new();
        // The default encoder escapes line breaks, so that a record is one line whatever its note holds.
        using (Utf8JsonWriter writer = new(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.Default }))
        {
            writer.WriteStartObject();
            if (record.Plan is not null)
            {
                writer.WriteNumber("version"u8, record.Version);
                writer.WriteString("plan"u8, record.Plan);
                writer.WriteString("layout"u8, record.Layout);
            }
            else
            {
                writer.WriteString("tensor"u8, record.Tensor);
                writer.WriteString("note"u8, record.Note);
            }

            writer.WriteEndObject();
        }

        buffer.Write(Prefix);
        buffer.Write(Encoding.ASCII.GetBytes(Sum(json.WrittenSpan)));
        buffer.Write(Middle);
        buffer.Write(json.WrittenSpan);
        buffer.Write("}\n"u8);
    }

    private static Record? NextRecord(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)'\n');
        if (end < 0)
        {
            return null;
        }

        ReadOnlySpan<byte> line = rest[..end];
        rest = rest[(end + 1)..];
        int start = Prefix.Length + SumLength + Middle.Length;
        if (line.Length <= start || !line.StartsWith(Prefix) || !line[(Prefix.Length + SumLength)..].StartsWith(Middle) || line[^1] != (byte)'}')
        {
            return null;
        }

        ReadOnlySpan<byte> json = line[start..^1];
        if (!line.Slice(Prefix.Length, SumLength).SequenceEqual(Encoding.ASCII.GetBytes(Sum(json))))
        {
            return null;
        }

        // The sum is right, so this is what was written.
        Utf8JsonReader reader = new(json);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement root = document.RootElement;
        return new Record(
            root.TryGetProperty("version"u8, out JsonElement version) ? version.GetInt32() : 0,
            Text(root, "plan"),
            Text(root, "layout"),
            Text(root, "tensor"),
            Text(root, "note"));
    }

    private static string? Text(JsonElement root, string key) => root.TryGetProperty(key, out JsonElement value) ? value.GetString() : null;

    private static string Sum(ReadOnlySpan<byte> json) => Convert.ToHexStringLower(SHA256.HashData(json))[..SumLength];

    private readonly record struct Record(int Version, string? Plan, string? Layout, string? Tensor, string? Note);
}
