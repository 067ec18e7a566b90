namespace ModelAggregation.Mixture.Execution;

/// <summary>Counts what has been read, and reports it after every tensor and now and then within large ones.</summary>
internal sealed class MixtureMeter(int tensors, long bytesToRead, IProgress<MixtureProgress>? progress)
{
    private const long Step = 64L << 20;

    private readonly Lock _gate = new();
    private string _tensor = string.Empty;
    private long _bytesRead;
    private long _bytesToRead = bytesToRead;
    private long _reported;
    private int _done;

    public void Start(string tensor) => _tensor = tensor;

    /// <summary>Counts a tensor of an interrupted run.</summary>
    public void Skip(string tensor, long bytes)
    {
        lock (_gate)
        {
            _tensor = tensor;
            _bytesToRead -= bytes;
            _done++;
            Report();
        }
    }

    public void Complete()
    {
        lock (_gate)
        {
            _done++;
            Report();
        }
    }

    /// <summary>Adds bytes; any thread may call.</summary>
    public void Add(long bytes)
    {
        lock (_gate)
        {
            _bytesRead += bytes;
            if (_bytesRead - _reported >= Step)
            {
                Report();
            }
        }
    }

    private void Report()
    {
        _reported = _bytesRead;
        progress?.Report(new MixtureProgress(_tensor, _done, tensors, _bytesRead, _bytesToRead));
    }
}
