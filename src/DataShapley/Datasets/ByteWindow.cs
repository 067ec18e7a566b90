namespace DataShapley.Datasets;

/// <summary>The part of a stream that has been read and not yet used. It grows to the longest record, never to the stream.</summary>
internal sealed class ByteWindow(Stream stream, string file, int maximumRecordLength)
{
    private const int FirstLength = 1 << 16;

    private byte[] _buffer = new byte[FirstLength];
    private int _start;
    private int _end;

    public string File => file;

    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    public ReadOnlyMemory<byte> UnreadMemory => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Gets the offset of the first unread byte in the stream.</summary>
    public long Offset { get; private set; }

    /// <summary>Gets the line of the first unread byte, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>Gets whether all of the stream has been read.</summary>
    public bool IsFinal { get; private set; }

    /// <summary>Gets the bytes held.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>Reads on; when nothing comes, the window is final.</summary>
    public async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_end == _buffer.Length)
        {
            MakeRoom();
        }

        int read;
        try
        {
            read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new DatasetException(
                DatasetError.CorruptCompression, $"'{file}': the gzip stream is damaged after {Offset + Unread.Length} bytes of content: {e.Message}", file, Line, Offset + Unread.Length, innerException: e);
        }

        _end += read;
        IsFinal = read == 0;
    }

    public void Skip(int count)
    {
        Line += Unread[..count].Count((byte)'\n');
        Offset += count;
        _start += count;
    }

    /// <summary>Goes to the next byte that is no white space.</summary>
    /// <returns>False when there is none.</returns>
    public async ValueTask<bool> SkipWhiteSpaceAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int next = Unread.IndexOfAnyExcept(" \t\r\n"u8);
            Skip(next < 0 ? Unread.Length : next);
            if (next >= 0 || IsFinal)
            {
                return next >= 0;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void MakeRoom()
    {
        int unread = Unread.Length;
        if (unread > maximumRecordLength)
        {
            throw new DatasetException(
                DatasetError.RecordTooLong, $"'{file}', line {Line}: the record is longer than the {maximumRecordLength} bytes allowed. Raise {nameof(DatasetOptions.MaximumRecordLength)} if that is right.", file, Line, Offset);
        }

        byte[] buffer = unread > _buffer.Length / 2 ? new byte[checked(_buffer.Length * 2)] : _buffer;
        _buffer.AsSpan(_start, unread).CopyTo(buffer);
        (_buffer, _start, _end) = (buffer, 0, unread);
    }
}
