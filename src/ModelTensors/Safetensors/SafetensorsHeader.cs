using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ModelTensors.Safetensors;

/// <summary>The header of a safetensors file: which tensors it holds, and where. Every number of a parsed header has been checked.</summary>
public sealed class SafetensorsHeader
{
    /// <summary>The greatest length of the JSON text in bytes; the limit of the reference implementation.</summary>
    public const int MaxLength = 100_000_000;

    /// <summary>The length in bytes of the little-endian number before the JSON text.</summary>
    public const int PrefixLength = sizeof(ulong);

    internal const string MetadataKey = "__metadata__";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, SafetensorsEntry> _byName;
    private byte[]? _bytes;

    internal SafetensorsHeader(
        IReadOnlyList<SafetensorsEntry> entries, Dictionary<string, SafetensorsEntry> byName, IReadOnlyDictionary<string, string> metadata, long dataOffset)
    {
        Entries = entries;
        _byName = byName;
        Metadata = metadata;
        DataOffset = dataOffset;
        DataLength = entries.Count == 0 ? 0 : entries[^1].End;
    }

    /// <summary>Gets the tensors in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>Gets the free-form metadata; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Gets where in the file the data begins: the length of prefix and JSON text, in bytes.</summary>
    public long DataOffset { get; }

    /// <summary>Gets the bytes of all tensors.</summary>
    public long DataLength { get; }

    /// <summary>Gets the length of the whole file in bytes.</summary>
    public long FileLength => DataOffset + DataLength;

    /// <summary>Parses and checks a header.</summary>
    /// <param name="bytes">The beginning of the file: the length prefix and at least the whole JSON text.</param>
    /// <param name="fileLength">The length of the whole file in bytes.</param>
    /// <param name="file">The file's path, for errors.</param>
    /// <returns>The header.</returns>
    /// <exception cref="SafetensorsException">The header lies; <see cref="SafetensorsException.Error"/> says how.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> bytes, long fileLength, string? file = null)
    {
        int length = CheckLength(bytes, fileLength, file);
        if (bytes.Length < PrefixLength + length)
        {
            throw new ArgumentException($"The header has {PrefixLength + length} bytes, {bytes.Length} were given.", nameof(bytes));
        }

        return SafetensorsHeaderParser.Parse(bytes.Slice(PrefixLength, length), fileLength, file);
    }

    /// <summary>Lays out a new file: by descending size of elements so that each tensor is aligned, then by name.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <param name="metadata">The metadata; <c>{"format":"pt"}</c> by default, which transformers insists on.</param>
    /// <returns>The header of the file.</returns>
    /// <exception cref="ArgumentException">Two tensors have one name, a name is reserved, or a text is not valid Unicode.</exception>
    /// <exception cref="SafetensorsException">The header would be longer than <see cref="MaxLength"/>, or the data than 63 bits can count.</exception>
    public static SafetensorsHeader Create(IEnumerable<TensorInfo> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        metadata ??= new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" };
        TensorInfo[] ordered = [.. tensors.OrderByDescending(t => t.DataType.Size).ThenBy(t => t.Name, StringComparer.Ordinal)];
        List<SafetensorsEntry> entries = new(ordered.Length);
        Dictionary<string, SafetensorsEntry> byName = new(ordered.Length, StringComparer.Ordinal);
        long position = 0;
        foreach (TensorInfo tensor in ordered)
        {
            if (!TryGetByteLength(tensor, out long length) || length > long.MaxValue - position - MaxLength - PrefixLength)
            {
                throw new SafetensorsException(
                    SafetensorsError.ShapeOverflow, $"Tensor '{tensor.Name}' of shape {tensor.Shape} makes the file larger than 63 bits can count.", tensorName: tensor.Name);
            }

            SafetensorsEntry entry = new(tensor, position, position + length);
            if (string.Equals(tensor.Name, MetadataKey, StringComparison.Ordinal) || !byName.TryAdd(tensor.Name, entry))
            {
                throw new ArgumentException($"The name '{tensor.Name}' occurs twice or is reserved.", nameof(tensors));
            }

            entries.Add(entry);
            position = entry.End;
        }

        byte[] bytes = Serialize(entries, metadata);
        return new SafetensorsHeader(entries, byName, metadata, bytes.Length) { _bytes = bytes };
    }

    /// <summary>Finds a tensor.</summary>
    /// <param name="name">The tensor's name; case matters.</param>
    /// <param name="entry">The tensor.</param>
    /// <returns>Whether the file has it.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out SafetensorsEntry? entry)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _byName.TryGetValue(name, out entry);
    }

    /// <summary>Writes the header: the length prefix and the JSON text, padded with spaces so that the data begins at a multiple of eight bytes.</summary>
    /// <returns>The bytes with which the file begins. For a parsed header they may be others than those parsed, with the same meaning.</returns>
    public byte[] Write() => (byte[])(_bytes ??= Serialize(Entries, Metadata)).Clone();

    /// <summary>Checks the length prefix alone, before anything of that length is allocated.</summary>
    internal static int CheckLength(ReadOnlySpan<byte> bytes, long fileLength, string? file)
    {
        if (fileLength < PrefixLength || bytes.Length < PrefixLength)
        {
            throw new SafetensorsException(
                SafetensorsError.FileTooSmall, $"A safetensors file has at least {PrefixLength} bytes, this has {Math.Min(fileLength, bytes.Length)}.", file, offset: 0);
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (length > MaxLength)
        {
            throw new SafetensorsException(
                SafetensorsError.HeaderTooLarge, $"The header claims {length} bytes, at most {MaxLength} are allowed: not a safetensors file?", file, offset: 0);
        }

        if ((long)length > fileLength - PrefixLength)
        {
            throw new SafetensorsException(
                SafetensorsError.HeaderBeyondFile, $"The header claims {length} bytes, the file has {fileLength}: an incomplete download?", file, offset: 0);
        }

        return (int)length;
    }

    internal static bool TryGetByteLength(TensorInfo tensor, out long length)
    {
        Int128 bytes = (Int128)tensor.Shape.ElementCount * tensor.DataType.Size;
        length = bytes <= long.MaxValue ? (long)bytes : 0;
        return bytes <= long.MaxValue;
    }

    private static byte[] Serialize(IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        ArrayBufferWriter<byte> buffer = new(PrefixLength + 256 + (entries.Count * 128));
        buffer.GetSpan(PrefixLength)[..PrefixLength].Clear();
        buffer.Advance(PrefixLength);
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            if (metadata.Count > 0)
            {
                writer.WriteStartObject(MetadataKey);
                // Sorted, so that the same metadata give the same bytes whatever dictionary they came in.
                foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    writer.WriteString(Checked(key), Checked(value));
                }

                writer.WriteEndObject();
            }

            foreach (SafetensorsEntry entry in entries)
            {
                writer.WriteStartObject(Checked(entry.Info.Name));
                writer.WriteString("dtype"u8, entry.Info.DataType.SafetensorsName);
                writer.WriteStartArray("shape"u8);
                foreach (long dimension in entry.Info.Shape.Dimensions)
                {
                    writer.WriteNumberValue(dimension);
                }

                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets"u8);
                writer.WriteNumberValue(entry.Begin);
                writer.WriteNumberValue(entry.End);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        int padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        int length = buffer.WrittenCount - PrefixLength;
        if (length > MaxLength)
        {
            throw new SafetensorsException(SafetensorsError.HeaderTooLarge, $"The header would have {length} bytes, at most {MaxLength} are allowed.");
        }

        byte[] bytes = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)length);
        return bytes;
    }

    // The writer would replace half a surrogate pair silently, and two names could become one: the strict encoder throws an ArgumentException.
    private static string Checked(string text)
    {
        _ = StrictUtf8.GetByteCount(text);
        return text;
    }
}
