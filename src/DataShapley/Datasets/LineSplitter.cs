namespace DataShapley.Datasets;

/// <summary>Lines that are not blank, without the white space around them.</summary>
internal sealed class LineSplitter(ByteWindow window) : RecordSplitter(window)
{
    public override async ValueTask<int> NextAsync(CancellationToken cancellationToken)
    {
        if (!await Window.SkipWhiteSpaceAsync(cancellationToken).ConfigureAwait(false))
        {
            return 0;
        }

        int searched = 0;
        while (true)
        {
            int found = Window.Unread[searched..].IndexOf((byte)'\n');
            if (found >= 0 || Window.IsFinal)
            {
                ReadOnlySpan<byte> line = found < 0 ? Window.Unread : Window.Unread[..(searched + found)];
                return line.LastIndexOfAnyExcept(" \t\r"u8) + 1;
            }

            searched = Window.Unread.Length;
            await Window.FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
