namespace ModelTensors.Devices.Cpu;

/// <summary>What has changed in a segment. A row may begin in one segment and end in another, so the first and last row with a change are known.</summary>
internal struct SegmentChanges
{
    private long _firstRow;
    private long _lastRow;

    public long Elements { get; private set; }

    public long Rows { get; private set; }

    /// <summary>Gets the bits of the largest magnitude of a difference.</summary>
    public uint Largest { get; private set; }

    /// <summary>Adds the differences of a chunk that has some; the chunks of a segment come in order.</summary>
    public void Add(ReadOnlySpan<float> differences, long start, long rowLength, long changed, uint largest)
    {
        Elements += changed;
        Largest = Math.Max(Largest, largest);
        for (int done = 0, length; done < differences.Length; done += length)
        {
            long row = (start + done) / rowLength;
            length = (int)Math.Min(differences.Length - done, ((row + 1) * rowLength) - (start + done));
            if ((Rows == 0 || row != _lastRow) && differences.Slice(done, length).ContainsAnyExcept(0f))
            {
                AddRow(row);
            }
        }
    }

    /// <summary>Adds the changes of the next segment; a row that has changed in both counts once.</summary>
    public void Append(SegmentChanges next)
    {
        if (next.Rows == 0)
        {
            return;
        }

        bool isShared = Rows > 0 && _lastRow == next._firstRow;
        _firstRow = Rows == 0 ? next._firstRow : _firstRow;
        _lastRow = next._lastRow;
        Rows += next.Rows - (isShared ? 1 : 0);
        Elements += next.Elements;
        Largest = Math.Max(Largest, next.Largest);
    }

    private void AddRow(long row)
    {
        _firstRow = Rows == 0 ? row : _firstRow;
        _lastRow = row;
        Rows++;
    }
}
