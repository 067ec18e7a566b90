using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelTensors.Checkpoints;

namespace RunKit;

/// <summary>Opens journals.</summary>
public static class RunJournal
{
    // The default encoder escapes line breaks, so that a record is one line whatever its texts hold.
    internal static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.Default, Indented = false };

    private const int Version = 1;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    /// <summary>Opens the journal of a run, or creates it. A last line that is torn, as a kill or a power cut leaves it, is cut off: it was not acknowledged.</summary>
    /// <typeparam name="TRecord">What is recorded.</typeparam>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="run">What tells this run from others, such as a hash of its settings.</param>
    /// <param name="type">How records become JSON, as source generation provides it.</param>
    /// <returns>The journal with the records of earlier processes; the caller disposes it.</returns>
    /// <exception cref="JournalException">The journal is damaged before its last line, of another run, in use, or no journal.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static RunJournal<TRecord> Open<TRecord>(string path, string run, JsonTypeInfo<TRecord> type)
        where TRecord : class
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(run);
        ArgumentNullException.ThrowIfNull(type);
        string full = Path.GetFullPath(path);
        FileStream @lock = TakeLock(full);
        FileStream? stream = null;
        try
        {
            // Without a buffer: after a failed write, closing must not try once more. Others may read while the run goes on.
            stream = new FileStream(full, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            byte[] header = JournalLine.Format(0, Header(run));
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            if (IsUnfinished(content, header))
            {
                stream.SetLength(0);
                RandomAccess.Write(stream.SafeFileHandle, header, 0);
                stream.Flush(flushToDisk: true);
                DirectoryFlush.Flush(Path.GetDirectoryName(full)!);
                return new RunJournal<TRecord>(stream, @lock, type, [], 1, header.Length);
            }

            (List<TRecord> records, long length) = Read(content, full, run, type);
            if (length < content.Length)
            {
                stream.SetLength(length);
                stream.Flush(flushToDisk: true);
            }

            return new RunJournal<TRecord>(stream, @lock, type, records, records.Count + 1, length);
        }
        catch
        {
            stream?.Dispose();
            @lock.Dispose();
            throw;
        }
    }

    // Beside the journal rather than on it: a lock keeps everybody out, also those that only read. Deleted on closing; a kill leaves an empty file behind,
    // which the next run takes over.
    private static FileStream TakeLock(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (IsHeld(e))
        {
            throw new JournalException(JournalError.InUse, $"The journal '{path}' is in use: another process continues this run.", path, innerException: e);
        }
    }

    // A lock that another process holds: on Unix EWOULDBLOCK, which is 11 on Linux and 35 on macOS.
    private static bool IsHeld(IOException e) =>
        e.HResult == (OperatingSystem.IsWindows() ? WindowsSharingViolation : OperatingSystem.IsMacOS() ? 35 : 11);

    private static byte[] Header(string run)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version"u8, Version);
            writer.WriteString("run"u8, run);
            writer.WriteEndObject();
        }

        return json.ToArray();
    }

    // A journal whose first line was torn records nothing. Blocks that were not yet written when the power went are zero.
    private static bool IsUnfinished(ReadOnlySpan<byte> content, ReadOnlySpan<byte> header)
    {
        if (content.Length >= header.Length && content[header.Length - 1] == (byte)'\n')
        {
            return false;
        }

        for (int i = 0; i < content.Length; i++)
        {
            if (content[i] != 0 && (i >= header.Length || content[i] != header[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static (List<TRecord> Records, long Length) Read<TRecord>(byte[] content, string path, string run, JsonTypeInfo<TRecord> type)
        where TRecord : class
    {
        List<TRecord> records = [];
        long expected = 0;
        int offset = 0;
        while (NextLine(content, offset, out int end) && JournalLine.TryParse(content.AsSpan(offset..(end - 1)), out long index, out ReadOnlySpan<byte> record))
        {
            if (index != expected)
            {
                throw Corrupt(path, offset, $"line {index} stands where line {expected} belongs");
            }

            if (expected == 0)
            {
                CheckHeader(record, path, run);
            }
            else
            {
                records.Add(Record(record, path, offset, type));
            }

            expected++;
            offset = end;
        }

        // Only the last line can be torn: each is on the disk before the next is begun.
        if (JournalLine.IsWholeOneIn(content.AsSpan(offset)))
        {
            throw Corrupt(path, offset, $"line {expected} is damaged and others follow it");
        }

        return expected > 0
            ? (records, offset)
            : throw new JournalException(JournalError.NotAJournal, $"'{path}' is no journal of this kind. Choose another folder, or remove the file.", path);
    }

    private static TRecord Record<TRecord>(ReadOnlySpan<byte> record, string path, long offset, JsonTypeInfo<TRecord> type)
        where TRecord : class
    {
        try
        {
            return JsonSerializer.Deserialize(record, type) ?? throw new JsonException("The record is null.");
        }
        catch (JsonException e)
        {
            // Its sum is right: this was written, but by another version of the program.
            throw new JournalException(
                JournalError.NotAJournal, $"The journal '{path}' has a record at byte {offset} that this version does not read: {e.Message}", path, offset, e);
        }
    }

    private static bool NextLine(byte[] content, int offset, out int end)
    {
        int length = content.AsSpan(offset).IndexOf((byte)'\n');
        end = offset + length + 1;
        return length >= 0;
    }

    private static void CheckHeader(ReadOnlySpan<byte> record, string path, string run)
    {
        Utf8JsonReader reader = new(record);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        int version = document.RootElement.TryGetProperty("version"u8, out JsonElement number) ? number.GetInt32() : 0;
        string? other = document.RootElement.TryGetProperty("run"u8, out JsonElement text) ? text.GetString() : null;
        if (version != Version)
        {
            throw new JournalException(JournalError.NotAJournal, $"The journal '{path}' has version {version}; this library reads version {Version}.", path);
        }

        if (!string.Equals(other, run, StringComparison.Ordinal))
        {
            throw new JournalException(
                JournalError.OtherRun, $"The journal '{path}' is of the run '{other}', not of '{run}': its settings were others. Use those, or another folder.", path);
        }
    }

    private static JournalException Corrupt(string path, long offset, string what) => new(
        JournalError.Corrupt, $"The journal '{path}' is damaged at byte {offset}: {what}. Restore it from a copy, or begin the run anew in another folder.", path, offset);
}
