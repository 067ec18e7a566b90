namespace ModelAggregation.Stacking;

/// <summary>Counts what has been read, and reports it after each tensor and at most ten times a second.</summary>
internal sealed class StackingMeter(StackingPlan plan, long bytesToRead, TimeProvider time, IProgress<StackingProgress>? progress)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly long _start = time.GetTimestamp();
    private long _lastReport;
    private long _bytesRead;
    private int _done;
    private string _tensor = string.Empty;

    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    public void Start(string tensor) => _tensor = tensor;

    public void Complete()
    {
        _done++;
        Report();
    }

    public void Skip(string tensor)
    {
        _tensor = tensor;
        _done++;
        if (_done == plan.Tensors.Count)
        {
            Report();
        }
    }

    public void Add(long bytes)
    {
        _bytesRead += bytes;
        if (progress is not null && time.GetElapsedTime(_lastReport) >= Interval)
        {
            Report();
        }
    }

    private void Report()
    {
        _lastReport = time.GetTimestamp();
        double seconds = Elapsed.TotalSeconds;
        progress?.Report(new StackingProgress(_tensor, _done, plan.Tensors.Count, _bytesRead, bytesToRead, seconds > 0 ? _bytesRead / seconds : 0));
    }
}
