using System.IO.Compression;
using System.Text.Unicode;

namespace DataShapley.Datasets;

public sealed partial class DatasetReader
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is read; the defaults when null.</param>
    /// <param name="cancellationToken">Stops opening.</param>
    /// <returns>The reader; the caller disposes it.</returns>
    /// <exception cref="DatasetException">The file is empty or no UTF-8, or the header of a table is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<DatasetReader> OpenAsync(string path, DatasetOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        try
        {
            return await OpenAsync(stream, path, options ?? new DatasetOptions(), [stream], cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens a stream.</summary>
    /// <param name="stream">The stream, from where it stands; it stays open.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">How it is read; the defaults when null.</param>
    /// <param name="cancellationToken">Stops opening.</param>
    /// <returns>The reader; the caller disposes it.</returns>
    /// <exception cref="DatasetException">The stream is empty or no UTF-8, or the header of a table is wrong.</exception>
    public static Task<DatasetReader> OpenAsync(Stream stream, string name, DatasetOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return OpenAsync(stream, name, options ?? new DatasetOptions(), [], cancellationToken);
    }

    private static async Task<DatasetReader> OpenAsync(Stream stream, string name, DatasetOptions options, List<Stream> owned, CancellationToken cancellationToken)
    {
        byte[] magic = new byte[2];
        int read = await stream.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        Stream content = new PrefixedStream(magic.AsMemory(0, read), stream);
        bool isCompressed = magic is [0x1F, 0x8B];
        if (isCompressed)
        {
            content = new GZipStream(content, CompressionMode.Decompress);
        }

        owned.Insert(0, content);
        ByteWindow window = new(content, name, options.MaximumRecordLength);
        await SkipMarkAsync(window, cancellationToken).ConfigureAwait(false);
        if (!await window.SkipWhiteSpaceAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new DatasetException(DatasetError.NoContent, $"'{name}' is empty: it has neither records nor a header.", name);
        }

        DatasetFormat format = await DetectAsync(window, cancellationToken).ConfigureAwait(false);
        RecordSplitter splitter = format switch
        {
            DatasetFormat.JsonArray => new JsonArraySplitter(window),
            DatasetFormat.JsonLines => new LineSplitter(window),
            DatasetFormat.JsonObject => new JsonObjectSplitter(window),
            _ => new CsvSplitter(window),
        };
        if (format == DatasetFormat.JsonArray)
        {
            await FillToAsync(window, "[\r\n"u8.Length, cancellationToken).ConfigureAwait(false);
            return new DatasetReader(window, splitter, new DatasetLayout(format, window.Unread.StartsWith("[\r\n"u8), options.Delimiter), options, owned, isCompressed);
        }

        // The first line is in the window: detecting its format, or finding the end of the header, needed it.
        int length = format == DatasetFormat.Csv ? await splitter.NextAsync(cancellationToken).ConfigureAwait(false) : Math.Max(window.Unread.IndexOf((byte)'\n') - 1, 0);
        DatasetLayout layout = new(format, window.Unread[length..].StartsWith("\r\n"u8), options.Delimiter);
        if (format == DatasetFormat.Csv)
        {
            layout = layout with { Header = window.Unread[..length].ToArray(), Columns = ReadHeader(window, window.Unread[..length], options.Delimiter) };
            window.Skip(length);
        }

        return new DatasetReader(window, splitter, layout, options, owned, isCompressed);
    }

    private static async ValueTask SkipMarkAsync(ByteWindow window, CancellationToken cancellationToken)
    {
        await FillToAsync(window, 3, cancellationToken).ConfigureAwait(false);
        if (window.Unread.StartsWith("\uFEFF"u8))
        {
            window.Skip(3);
        }
        else if (window.Unread is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            throw new DatasetException(DatasetError.InvalidText, $"'{window.File}' is UTF-16; data sets are UTF-8. Convert it.", window.File, 1, 0);
        }
    }

    private static async ValueTask FillToAsync(ByteWindow window, int count, CancellationToken cancellationToken)
    {
        while (window.Unread.Length < count && !window.IsFinal)
        {
            await window.FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // A pretty-printed object has its first line open, and goes on with a name or its end; a broken first line of many is followed by another object.
    private static async ValueTask<DatasetFormat> DetectAsync(ByteWindow window, CancellationToken cancellationToken)
    {
        if (window.Unread[0] != (byte)'{')
        {
            return window.Unread[0] == (byte)'[' ? DatasetFormat.JsonArray : DatasetFormat.Csv;
        }

        int searched = 0;
        while (true)
        {
            int found = window.Unread[searched..].IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = found < 0 ? window.Unread : window.Unread[..(searched + found)];
            JsonValueScanner scanner = default;
            if (found >= 0 && scanner.TryFindEnd(line, out _))
            {
                return DatasetFormat.JsonLines;
            }

            int next = found < 0 ? -1 : window.Unread[line.Length..].IndexOfAnyExcept(" \t\r\n"u8);
            if (next >= 0)
            {
                return window.Unread[line.Length + next] == (byte)'{' ? DatasetFormat.JsonLines : DatasetFormat.JsonObject;
            }

            if (window.IsFinal)
            {
                return DatasetFormat.JsonLines;
            }

            searched = found < 0 ? window.Unread.Length : searched;
            await window.FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static string[] ReadHeader(ByteWindow window, ReadOnlySpan<byte> header, char delimiter)
    {
        List<string> columns = [];
        if (CsvProblem(header, (byte)delimiter, columns, out long offset) is { } problem)
        {
            throw new DatasetException(
                problem.Reason, $"'{window.File}', line {window.Line}, byte {window.Offset + offset}: {problem.Text}.", window.File, window.Line, window.Offset + offset);
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        string? duplicate = columns.Find(column => !seen.Add(column));
        return duplicate is null
            ? [.. columns]
            : throw new DatasetException(
                DatasetError.DuplicateColumn, $"'{window.File}', line {window.Line}: two columns are called '{duplicate}'. Rename one.", window.File, window.Line, window.Offset, duplicate);
    }

    private static (DatasetError Reason, string Text)? CsvProblem(ReadOnlySpan<byte> row, byte delimiter, List<string> fields, out long offset)
    {
        fields.Clear();
        offset = 0;
        if (!Utf8.IsValid(row))
        {
            return (DatasetError.InvalidText, "the text is not UTF-8");
        }

        bool isSplit = CsvRow.TrySplit(row, delimiter, fields, out int at);
        offset = at;
        return isSplit ? null : (DatasetError.MalformedRecord, "a quote is out of place: a field with a quote, a delimiter or a line break is within quotes, and its quotes are doubled");
    }
}
