namespace DataShapley.Datasets;

/// <summary>Finds the records of a container, one after the other, without reading them.</summary>
internal abstract class RecordSplitter(ByteWindow window)
{
    protected ByteWindow Window => window;

    /// <summary>Goes to the next record.</summary>
    /// <returns>The bytes of the record at the start of the window; 0 at the end.</returns>
    public abstract ValueTask<int> NextAsync(CancellationToken cancellationToken);

    protected DatasetException Broken(string problem) =>
        new(DatasetError.BrokenContainer, $"'{window.File}', line {window.Line}, byte {window.Offset}: {problem}", window.File, window.Line, window.Offset);

    /// <summary>Finds the end of the JSON value that the window begins with; −1 when the stream ends before.</summary>
    protected async ValueTask<int> ScanValueAsync(CancellationToken cancellationToken)
    {
        JsonValueScanner scanner = default;
        while (true)
        {
            if (scanner.TryFindEnd(window.Unread, out int end))
            {
                return end;
            }

            if (window.IsFinal)
            {
                return -1;
            }

            await window.FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
