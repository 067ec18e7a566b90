using System.Runtime.ExceptionServices;

namespace DataShapley.Games;

/// <summary>Works through items 0, 1, 2, … in a few lanes, each of which takes the next item, so that no task is made for each.</summary>
/// <remarks>After a failure no item is begun. Items are begun in their order, so the first that fails is always among those that were: it is the one reported, however fast the lanes are.</remarks>
internal sealed class Lanes(int count, Func<int, ValueTask> work)
{
    private readonly Lock _gate = new();
    private ExceptionDispatchInfo? _failure;
    private int _failed = int.MaxValue;
    private int _next = -1;

    /// <summary>Begins the lanes on the calling thread, one after the other.</summary>
    public async Task RunAsync(int lanes)
    {
        Task[] running = new Task[lanes];
        for (int i = 0; i < lanes; i++)
        {
            running[i] = RunLaneAsync();
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        _failure?.Throw();
    }

    /// <summary>Begins the lanes on threads of their own; a single one on the calling thread.</summary>
    public async Task RunInParallelAsync(int lanes)
    {
        await (lanes == 1 ? RunLaneAsync() : Task.WhenAll(Enumerable.Range(0, lanes).Select(_ => Task.Run(RunLaneAsync)))).ConfigureAwait(false);
        _failure?.Throw();
    }

    private async Task RunLaneAsync()
    {
        for (int i = Interlocked.Increment(ref _next); i < count; i = Interlocked.Increment(ref _next))
        {
            try
            {
                await work(i).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                Fail(i, e);
                return;
            }
        }
    }

    private void Fail(int item, Exception e)
    {
        Volatile.Write(ref _next, count);
        lock (_gate)
        {
            if (item < _failed)
            {
                _failed = item;
                _failure = ExceptionDispatchInfo.Capture(e);
            }
        }
    }
}
