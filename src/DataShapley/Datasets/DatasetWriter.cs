namespace DataShapley.Datasets;

/// <summary>Writes records in a container; the bytes of a record stay as they are.</summary>
/// <remarks>An array has a space before each record, as those that Python's <c>json</c> indents by one: all records of such a file, written, are the file.</remarks>
internal sealed class DatasetWriter(Stream stream, DatasetLayout layout)
{
    private readonly byte[] _lineEnd = layout.HasCarriageReturns ? [(byte)'\r', (byte)'\n'] : [(byte)'\n'];
    private bool _hasRecords;

    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        if (layout.Format == DatasetFormat.Csv)
        {
            await stream.WriteAsync(layout.Header, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(_lineEnd, cancellationToken).ConfigureAwait(false);
        }
        else if (layout.Format == DatasetFormat.JsonArray)
        {
            await stream.WriteAsync("["u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask WriteAsync(DatasetRecord record, CancellationToken cancellationToken)
    {
        if (layout.Format == DatasetFormat.JsonArray)
        {
            await stream.WriteAsync((_hasRecords ? ","u8 : []).ToArray(), cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(_lineEnd, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(" "u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }

        _hasRecords = true;
        await stream.WriteAsync(record.Bytes, cancellationToken).ConfigureAwait(false);
        if (layout.Format != DatasetFormat.JsonArray)
        {
            await stream.WriteAsync(_lineEnd, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        if (layout.Format == DatasetFormat.JsonArray)
        {
            if (_hasRecords)
            {
                await stream.WriteAsync(_lineEnd, cancellationToken).ConfigureAwait(false);
            }

            await stream.WriteAsync("]"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }
    }
}
