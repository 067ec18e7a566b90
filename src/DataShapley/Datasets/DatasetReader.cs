using System.Runtime.CompilerServices;

namespace DataShapley.Datasets;

/// <summary>
/// Reads the records of a data set as a stream: a JSON array, JSON lines, one JSON object, or a table with a header, each as it is or as gzip.
/// Which it is, the content says, never the name. What is held is a few times the longest record.
/// </summary>
public sealed partial class DatasetReader : IAsyncDisposable
{
    private readonly DatasetOptions _options;
    private readonly List<Stream> _owned;
    private readonly ByteWindow _window;
    private readonly RecordSplitter _splitter;
    private readonly List<string> _fields = [];
    private int _length;
    private bool _isRead;

    private DatasetReader(ByteWindow window, RecordSplitter splitter, DatasetLayout layout, DatasetOptions options, List<Stream> owned, bool isCompressed)
    {
        _window = window;
        _splitter = splitter;
        _options = options;
        _owned = owned;
        Layout = layout;
        IsCompressed = isCompressed;
    }

    /// <summary>Gets the container.</summary>
    public DatasetLayout Layout { get; }

    /// <summary>Gets whether the file is gzip.</summary>
    public bool IsCompressed { get; }

    /// <summary>Gets the number of records read so far.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the number of malformed records left out so far.</summary>
    public long Skipped { get; private set; }

    internal int WindowCapacity => _window.Capacity;

    internal ReadOnlySpan<byte> Current => _window.Unread[.._length];

    internal long CurrentOffset => _window.Offset;

    internal long CurrentLine => _window.Line;

    /// <summary>Reads the records, once.</summary>
    /// <param name="cancellationToken">Stops between reads.</param>
    /// <returns>The records in their order, each with memory of its own.</returns>
    /// <exception cref="DatasetException">A record is malformed and the policy is to throw, or the container is broken.</exception>
    /// <exception cref="InvalidOperationException">The records have been read.</exception>
    public async IAsyncEnumerable<DatasetRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return new DatasetRecord(Count - 1, _window.Line, Current.ToArray(), Layout);
        }
    }

    /// <summary>Closes what the reader opened; a stream that was given stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Stream stream in _owned)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Goes to the next record that is well formed: <see cref="Current"/>.</summary>
    internal async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        if (_isRead)
        {
            throw new InvalidOperationException("The records have been read; open the data set again.");
        }

        while (true)
        {
            _window.Skip(_length);
            _length = 0;
            _length = await _splitter.NextAsync(cancellationToken).ConfigureAwait(false);
            if (_length == 0)
            {
                _isRead = true;
                return false;
            }

            if (_length > _options.MaximumRecordLength)
            {
                throw new DatasetException(
                    DatasetError.RecordTooLong, $"'{_window.File}', line {_window.Line}: the record has {_length} bytes, {_options.MaximumRecordLength} are allowed. Raise {nameof(DatasetOptions.MaximumRecordLength)} if that is right.", _window.File, _window.Line, _window.Offset);
            }

            if (Check(Current) is not { } error)
            {
                Count = checked(Count + 1);
                return true;
            }

            if (_options.Malformed == MalformedPolicy.Throw)
            {
                throw error;
            }

            Skipped++;
        }
    }

    private DatasetException? Check(ReadOnlySpan<byte> record) => Layout.Format == DatasetFormat.Csv
        ? CheckRow(record)
        : JsonRecord.Check(record, out long offset, out string problem) is { } reason ? Error(reason, problem, offset) : null;

    private DatasetException? CheckRow(ReadOnlySpan<byte> row)
    {
        if (CsvProblem(row, (byte)Layout.Delimiter, _fields, out long offset) is { } problem)
        {
            return Error(problem.Reason, problem.Text, offset);
        }

        return _fields.Count == Layout.Columns.Count
            ? null
            : Error(DatasetError.RaggedRow, $"the row has {_fields.Count} fields, the header {Layout.Columns.Count}", 0);
    }

    private DatasetException Error(DatasetError reason, string problem, long offset)
    {
        long line = _window.Line + Current[..(int)offset].Count((byte)'\n');
        return new DatasetException(reason, $"'{_window.File}', line {line}, byte {_window.Offset + offset}: {problem}.", _window.File, line, _window.Offset + offset);
    }
}
