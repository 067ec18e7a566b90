namespace DataShapley.Datasets;

/// <summary>Rows of a table (RFC 4180): a line break within quotes does not end a row. Empty lines are passed over.</summary>
internal sealed class CsvSplitter(ByteWindow window) : RecordSplitter(window)
{
    public override async ValueTask<int> NextAsync(CancellationToken cancellationToken)
    {
        await SkipEmptyLinesAsync(cancellationToken).ConfigureAwait(false);
        int searched = 0;
        bool isQuoted = false;
        while (true)
        {
            if (TryFindEnd(ref searched, ref isQuoted, out int length))
            {
                return length;
            }

            if (Window.IsFinal)
            {
                return Trimmed(Window.Unread);
            }

            await Window.FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static int Trimmed(ReadOnlySpan<byte> row) => row.EndsWith("\r"u8) ? row.Length - 1 : row.Length;

    // A doubled quote opens and closes at once: counting quotes is enough to know which line breaks end a row.
    private bool TryFindEnd(ref int searched, ref bool isQuoted, out int length)
    {
        ReadOnlySpan<byte> unread = Window.Unread;
        while (searched < unread.Length)
        {
            int found = isQuoted ? unread[searched..].IndexOf((byte)'"') : unread[searched..].IndexOfAny((byte)'"', (byte)'\n');
            if (found < 0)
            {
                searched = unread.Length;
                break;
            }

            searched += found;
            if (unread[searched] == (byte)'\n')
            {
                length = Trimmed(unread[..searched]);
                return true;
            }

            isQuoted = !isQuoted;
            searched++;
        }

        length = 0;
        return false;
    }

    private async ValueTask SkipEmptyLinesAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int next = Window.Unread.IndexOfAnyExcept((byte)'\r', (byte)'\n');
            Window.Skip(next < 0 ? Window.Unread.Length : next);
            if (next >= 0 || Window.IsFinal)
            {
                return;
            }

            await Window.FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
