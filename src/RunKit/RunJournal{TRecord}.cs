using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RunKit;

/// <summary>
/// An append-only list of what a run has done: one line of JSON each, with a checksum, on the disk before the next is begun. What a record speaks of
/// must be on the disk before it. Safe to use from several threads.
/// </summary>
/// <typeparam name="TRecord">What is recorded.</typeparam>
public sealed class RunJournal<TRecord> : IDisposable
    where TRecord : class
{
    private readonly Lock _gate = new();
    private readonly FileStream _stream;
    private readonly FileStream _lock;
    private readonly JsonTypeInfo<TRecord> _type;
    private readonly List<TRecord> _records;
    private long _lines;
    private long _length;
    private bool _isTorn;

    internal RunJournal(FileStream stream, FileStream @lock, JsonTypeInfo<TRecord> type, List<TRecord> records, long lines, long length)
    {
        _stream = stream;
        _lock = @lock;
        _type = type;
        _records = records;
        _lines = lines;
        _length = length;
    }

    /// <summary>Gets the records so far, those of earlier processes first.</summary>
    public IReadOnlyList<TRecord> Records
    {
        get
        {
            lock (_gate)
            {
                return [.. _records];
            }
        }
    }

    /// <summary>Adds a record and waits until it is on the disk.</summary>
    /// <param name="record">What was done.</param>
    /// <exception cref="IOException">The disk does not take it: nothing was recorded, and the next try begins where this one did.</exception>
    public void Append(TRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json, RunJournal.WriterOptions))
        {
            JsonSerializer.Serialize(writer, record, _type);
        }

        lock (_gate)
        {
            byte[] line = JournalLine.Format(_lines, json.ToArray());
            if (_isTorn)
            {
                _stream.SetLength(_length);
            }

            _isTorn = true;
            RandomAccess.Write(_stream.SafeFileHandle, line, _length);
            _stream.Flush(flushToDisk: true);
            _isTorn = false;
            _length += line.Length;
            _lines++;
            _records.Add(record);
        }
    }

    /// <summary>Closes the file, for others to go on with.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _lock.Dispose();
    }
}
