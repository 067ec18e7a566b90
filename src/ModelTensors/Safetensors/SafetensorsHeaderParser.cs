using System.Text.Json;
using System.Text.Unicode;

namespace ModelTensors.Safetensors;

/// <summary>Parses the JSON text of a header in one pass, believing nothing.</summary>
internal ref struct SafetensorsHeaderParser
{
    // PyTorch and NumPy stop at 64 dimensions; without a bound one shape could ask for a gigabyte of numbers.
    private const int MaxRank = 64;

    private readonly long _dataOffset;
    private readonly long _dataLength;
    private readonly string? _file;
    private Utf8JsonReader _reader;

    private SafetensorsHeaderParser(ReadOnlySpan<byte> json, long fileLength, string? file)
    {
        _dataOffset = SafetensorsHeader.PrefixLength + json.Length;
        _dataLength = fileLength - _dataOffset;
        _file = file;
        // Object, entry, array: a header is three levels deep.
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 3 });
    }

    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long fileLength, string? file)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw new SafetensorsException(
                SafetensorsError.InvalidStart, "The header does not begin with '{': not a safetensors file?", file, offset: SafetensorsHeader.PrefixLength);
        }

        if (!Utf8.IsValid(json))
        {
            throw new SafetensorsException(SafetensorsError.InvalidUtf8, "The header is not valid UTF-8.", file);
        }

        SafetensorsHeaderParser parser = new(json, fileLength, file);
        try
        {
            return parser.ReadHeader();
        }
        catch (JsonException e)
        {
            throw new SafetensorsException(
                SafetensorsError.InvalidJson,
                $"The header is not the JSON of a safetensors header: {e.Message}",
                file,
                offset: SafetensorsHeader.PrefixLength + parser._reader.BytesConsumed,
                innerException: e);
        }
    }

    private SafetensorsHeader ReadHeader()
    {
        List<SafetensorsEntry> entries = [];
        Dictionary<string, SafetensorsEntry> byName = new(StringComparer.Ordinal);
        Dictionary<string, string>? metadata = null;
        _reader.Read();
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = Text(null);
            _reader.Read();
            if (string.Equals(name, SafetensorsHeader.MetadataKey, StringComparison.Ordinal))
            {
                if (metadata is not null)
                {
                    throw Fail(SafetensorsError.DuplicateKey, $"'{SafetensorsHeader.MetadataKey}' occurs twice.", null);
                }

                metadata = ReadMetadata();
                continue;
            }

            SafetensorsEntry entry = ReadEntry(name);
            if (!byName.TryAdd(name, entry))
            {
                throw Fail(SafetensorsError.DuplicateKey, $"Tensor '{Shorten(name)}' occurs twice.", name);
            }

            entries.Add(entry);
        }

        // One more step finds anything but white space after the object.
        _reader.Read();
        CheckTiling(entries);
        return new SafetensorsHeader(entries, byName, metadata ?? new Dictionary<string, string>(StringComparer.Ordinal), _dataOffset);
    }

    private Dictionary<string, string> ReadMetadata()
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            throw Fail(SafetensorsError.InvalidMetadata, "The metadata is not an object.", null);
        }

        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = Text(null);
            _reader.Read();
            if (_reader.TokenType != JsonTokenType.String)
            {
                throw Fail(SafetensorsError.InvalidMetadata, $"The metadata '{Shorten(key)}' is not a string.", null);
            }

            if (!metadata.TryAdd(key, Text(null)))
            {
                throw Fail(SafetensorsError.DuplicateKey, $"The metadata '{Shorten(key)}' occurs twice.", null);
            }
        }

        return metadata;
    }

    private SafetensorsEntry ReadEntry(string name)
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            throw Fail(SafetensorsError.InvalidEntry, $"The entry of tensor '{Shorten(name)}' is not an object.", name);
        }

        DataType? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            bool repeated;
            if (_reader.ValueTextEquals("dtype"u8))
            {
                repeated = type is not null;
                type = ReadDataType(name);
            }
            else if (_reader.ValueTextEquals("shape"u8))
            {
                repeated = shape is not null;
                shape = ReadNumbers(name, "shape", MaxRank, SafetensorsError.ShapeOverflow);
            }
            else if (_reader.ValueTextEquals("data_offsets"u8))
            {
                repeated = offsets is not null;
                offsets = ReadNumbers(name, "data_offsets", 2, SafetensorsError.OffsetBeyondFile);
            }
            else
            {
                throw Fail(
                    SafetensorsError.InvalidEntry, $"Tensor '{Shorten(name)}' has a key '{Shorten(Text(name))}'; allowed are dtype, shape and data_offsets.", name);
            }

            if (repeated)
            {
                throw Fail(SafetensorsError.DuplicateKey, $"Tensor '{Shorten(name)}' has a key twice.", name);
            }
        }

        if (type is null || shape is null || offsets is not { Length: 2 })
        {
            throw Fail(SafetensorsError.InvalidEntry, $"Tensor '{Shorten(name)}' lacks its dtype, shape or two data_offsets.", name);
        }

        return CheckEntry(name, type.Value, shape, offsets[0], offsets[1]);
    }

    private readonly SafetensorsEntry CheckEntry(string name, DataType type, long[] shape, long begin, long end)
    {
        if (!TensorShape.TryGetElementCount(shape, out _))
        {
            throw Fail(SafetensorsError.ShapeOverflow, $"Tensor '{Shorten(name)}' of shape [{string.Join(", ", shape)}] has more elements than fit 63 bits.", name);
        }

        TensorInfo info = new(name, type, new TensorShape(shape));
        if (!SafetensorsHeader.TryGetByteLength(info, out long length))
        {
            throw Fail(SafetensorsError.ShapeOverflow, $"Tensor '{Shorten(name)}' of shape {info.Shape} has more bytes than fit 63 bits.", name);
        }

        if (end < begin)
        {
            throw Fail(SafetensorsError.InvalidOffsets, $"Tensor '{Shorten(name)}' begins at {begin} and ends at {end}.", name);
        }

        if (end > _dataLength)
        {
            throw Fail(
                SafetensorsError.OffsetBeyondFile, $"Tensor '{Shorten(name)}' ends at {end} of {_dataLength} bytes of data: an incomplete download?", name, _dataOffset + begin);
        }

        if (end - begin != length)
        {
            throw Fail(
                SafetensorsError.SizeMismatch,
                $"Tensor '{Shorten(name)}': shape {info.Shape} of {type.SafetensorsName} needs {length} bytes, the offsets {begin} to {end} hold {end - begin}.",
                name,
                _dataOffset + begin);
        }

        return new SafetensorsEntry(info, begin, end);
    }

    private readonly void CheckTiling(List<SafetensorsEntry> entries)
    {
        // An empty tensor comes before the one that begins at the same byte; equal empties by name, so that the order is defined.
        entries.Sort(static (a, b) =>
            a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin)
            : a.End != b.End ? a.End.CompareTo(b.End)
            : string.CompareOrdinal(a.Info.Name, b.Info.Name));
        long position = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            string name = entry.Info.Name;
            if (entry.Begin != position)
            {
                throw entry.Begin > position
                    ? Fail(SafetensorsError.Hole, $"The bytes {position} to {entry.Begin} before tensor '{Shorten(name)}' belong to none.", name, _dataOffset + position)
                    : Fail(SafetensorsError.Overlap, $"Tensor '{Shorten(name)}' begins at {entry.Begin}, within another that ends at {position}.", name, _dataOffset + entry.Begin);
            }

            position = entry.End;
        }

        if (position != _dataLength)
        {
            throw Fail(SafetensorsError.TrailingBytes, $"The last {_dataLength - position} bytes of the file belong to no tensor.", null, _dataOffset + position);
        }
    }

    private DataType ReadDataType(string name)
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.String)
        {
            throw Fail(SafetensorsError.InvalidEntry, $"The dtype of tensor '{Shorten(name)}' is not a string.", name);
        }

        string text = Text(name);
        return DataType.TryParseSafetensorsName(text, out DataType type)
            ? type
            : throw Fail(SafetensorsError.UnknownDataType, $"Tensor '{Shorten(name)}' has dtype '{Shorten(text)}', which is not known.", name);
    }

    private long[] ReadNumbers(string name, string key, int limit, SafetensorsError overflow)
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            throw Fail(SafetensorsError.InvalidEntry, $"The {key} of tensor '{Shorten(name)}' is not an array.", name);
        }

        List<long> numbers = new(Math.Min(limit, 4));
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.Number || numbers.Count == limit)
            {
                throw Fail(SafetensorsError.InvalidEntry, $"The {key} of tensor '{Shorten(name)}' is not an array of at most {limit} numbers.", name);
            }

            if (!_reader.TryGetInt64(out long number) || number < 0)
            {
                // A whole number that is merely too large is another lie than a negative or broken one.
                throw _reader.ValueSpan.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
                    ? Fail(overflow, $"The {key} of tensor '{Shorten(name)}' has a number that does not fit 63 bits.", name)
                    : Fail(SafetensorsError.InvalidEntry, $"The {key} of tensor '{Shorten(name)}' has a number that is negative or not whole.", name);
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    private readonly string Text(string? tensorName)
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // Valid UTF-8 so far, hence an escape such as \ud800 without its other half.
            throw new SafetensorsException(
                SafetensorsError.InvalidUtf8,
                "A text of the header escapes half of a surrogate pair.",
                _file,
                tensorName,
                SafetensorsHeader.PrefixLength + _reader.TokenStartIndex,
                e);
        }
    }

    private readonly SafetensorsException Fail(SafetensorsError error, string message, string? tensorName, long? offset = null) =>
        new(error, message, _file, tensorName, offset ?? SafetensorsHeader.PrefixLength + _reader.TokenStartIndex);

    // A hostile name may have millions of characters; a message should not.
    private static string Shorten(string name) => name.Length <= 200 ? name : string.Concat(name.AsSpan(0, 200), "…");
}
