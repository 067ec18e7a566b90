namespace DataShapley.Datasets;

/// <summary>One JSON object over several lines.</summary>
internal sealed class JsonObjectSplitter(ByteWindow window) : RecordSplitter(window)
{
    private bool _isDone;

    public override async ValueTask<int> NextAsync(CancellationToken cancellationToken)
    {
        if (_isDone)
        {
            return await Window.SkipWhiteSpaceAsync(cancellationToken).ConfigureAwait(false)
                ? throw Broken("something follows the object. Several objects are an array, or have a line each.")
                : 0;
        }

        _isDone = true;
        int length = await ScanValueAsync(cancellationToken).ConfigureAwait(false);
        return length > 0 ? length : throw Broken("the object has no end; the file may be cut short.");
    }
}
