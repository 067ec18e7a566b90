namespace DataShapley.Datasets;

/// <summary>The elements of a JSON array.</summary>
internal sealed class JsonArraySplitter(ByteWindow window) : RecordSplitter(window)
{
    private bool _isOpen;
    private bool _hasElements;
    private bool _isClosed;

    public override async ValueTask<int> NextAsync(CancellationToken cancellationToken)
    {
        if (_isClosed)
        {
            return 0;
        }

        if (!_isOpen)
        {
            Window.Skip(1);
            _isOpen = true;
        }

        if (await NextByteAsync(cancellationToken).ConfigureAwait(false) == (byte)']')
        {
            Window.Skip(1);
            _isClosed = true;
            return await Window.SkipWhiteSpaceAsync(cancellationToken).ConfigureAwait(false) ? throw Broken("something follows the array.") : 0;
        }

        if (_hasElements)
        {
            if (Window.Unread[0] != (byte)',')
            {
                throw Broken($"there is {Shown(Window.Unread[0])} where a comma or the end of the array belongs.");
            }

            Window.Skip(1);
            await NextByteAsync(cancellationToken).ConfigureAwait(false);
        }

        _hasElements = true;
        return await ScanValueAsync(cancellationToken).ConfigureAwait(false) switch
        {
            -1 => throw Broken("the array ends in the middle of a record; the file may be cut short."),
            0 => throw Broken($"there is {Shown(Window.Unread[0])} where a record belongs."),
            int length => length,
        };
    }

    private static string Shown(byte value) => value is > 0x20 and < 0x7F ? $"'{(char)value}'" : $"byte 0x{value:X2}";

    private async ValueTask<byte> NextByteAsync(CancellationToken cancellationToken) =>
        await Window.SkipWhiteSpaceAsync(cancellationToken).ConfigureAwait(false) ? Window.Unread[0] : throw Broken("the array has no end; the file may be cut short.");
}
