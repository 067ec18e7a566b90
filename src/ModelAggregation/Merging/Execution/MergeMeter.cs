using ModelAggregation.Merging.Planning;

namespace ModelAggregation.Merging.Execution;

/// <summary>Counts what a merge has read and reports it, at most ten times a second and after every tensor.</summary>
internal sealed class MergeMeter(MergePlan plan, TimeProvider time, IProgress<MergeProgress>? progress)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly long _start = time.GetTimestamp();
    private readonly Lock _gate = new();
    private long _bytesRead;
    private long _bytesToRead = plan.ReadBytes;
    private long _lastReport;
    private int _done;
    private bool _isTold = true;
    private string _tensor = string.Empty;

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    public void Start(PlannedTensor tensor) => _tensor = tensor.Name;

    /// <summary>Counts a tensor of an interrupted run.</summary>
    public void Skip(PlannedTensor tensor, long bytes)
    {
        _tensor = tensor.Name;
        _bytesToRead -= bytes;
        _done++;
        _isTold = false;
    }

    /// <summary>Reports the end of a run whose last tensors were complete already.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            if (!_isTold)
            {
                Report();
            }
        }
    }

    public void Complete()
    {
        _done++;
        _isTold = true;
        lock (_gate)
        {
            Report();
        }
    }

    /// <summary>Adds bytes; any thread may call.</summary>
    public void Add(long bytes)
    {
        Interlocked.Add(ref _bytesRead, bytes);
        if (progress is null || time.GetElapsedTime(Interlocked.Read(ref _lastReport)) < Interval || !_gate.TryEnter())
        {
            return;
        }

        try
        {
            Report();
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Report()
    {
        Interlocked.Exchange(ref _lastReport, time.GetTimestamp());
        double seconds = Elapsed.TotalSeconds;
        progress?.Report(new MergeProgress(
            _tensor, _done, plan.Tensors.Count, BytesRead, Math.Max(_bytesToRead, BytesRead), seconds > 0 ? BytesRead / seconds : 0));
    }
}
