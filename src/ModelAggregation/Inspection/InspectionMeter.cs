namespace ModelAggregation.Inspection;

/// <summary>Counts what has been read and reports it, after every tensor and every 16 MiB of one.</summary>
internal sealed class InspectionMeter(int tensorCount, long bytesToRead, IProgress<InspectionProgress>? progress)
{
    private const int StepShift = 24;

    private readonly Lock _gate = new();
    private string _tensor = string.Empty;
    private long _bytesRead;
    private int _done;

    public void Start(string tensor) => _tensor = tensor;

    /// <summary>Adds bytes; any thread may call.</summary>
    public void Add(long bytes)
    {
        lock (_gate)
        {
            long before = _bytesRead;
            _bytesRead += bytes;
            if (before >> StepShift != _bytesRead >> StepShift)
            {
                Report();
            }
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

    private void Report() => progress?.Report(new InspectionProgress(_tensor, _done, tensorCount, _bytesRead, bytesToRead));
}
