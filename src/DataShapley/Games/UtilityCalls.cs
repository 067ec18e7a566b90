using DataShapley.Caching;

namespace DataShapley.Games;

/// <summary>Calls the utility: so many at once, in batches where it takes them, with a time-out, and with a policy for what fails.</summary>
internal sealed partial class UtilityCalls(IUtility utility, EvaluationOptions options, EvaluationJournal? journal) : IDisposable
{
    // What timers can wait for, some seven weeks.
    private static readonly TimeSpan LongestTimeOut = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly SemaphoreSlim _permits = new(options.Workers);
    private long _evaluated;
    private long _failed;

    public long Evaluated => Interlocked.Read(ref _evaluated);

    public long Failed => Interlocked.Read(ref _failed);

    public ValueTask<UtilityValue> EvaluateAsync(UtilityRequest request, CancellationToken cancellationToken) =>
        utility.BatchSize == 1 ? EvaluateOneAsync(request, cancellationToken) : new ValueTask<UtilityValue>(EvaluateInBatch(request, cancellationToken));

    /// <summary>Runs something of the utility's under a permit, in the time that so many evaluations may take.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, T> call, int evaluations, Func<Coalition> coalition, CancellationToken cancellationToken)
    {
        await _permits.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return options.TimeOut is { } each
                ? await LimitAsync(token => Task.Run(() => call(token), token), Times(each, evaluations), coalition(), cancellationToken).ConfigureAwait(false)
                : call(cancellationToken);
        }
        finally
        {
            _permits.Release();
            Serve();
        }
    }

    public void Count(long evaluated) => Interlocked.Add(ref _evaluated, evaluated);

    /// <summary>Says what stands for a value that failed, or throws.</summary>
    public UtilityValue Fail(UtilityException failure)
    {
        Interlocked.Increment(ref _failed);
        FailurePolicy policy = failure.Reason == UtilityError.NotFinite ? options.OnNotFinite : options.OnException;
        return policy.IsThrown ? throw failure : new UtilityValue(policy.Value ?? double.NaN, IsGenuine: false);
    }

    public UtilityException NotFinite(double value, Coalition coalition) => new(
        UtilityError.NotFinite, $"The utility '{utility.Id}' gave {value} for {coalition}. Set OnNotFinite to leave such coalitions out or to put a value in its place.", utility.Id, coalition);

    public UtilityException Threw(Exception e, Coalition coalition) => e as UtilityException ?? new UtilityException(
        UtilityError.Failed, $"The utility '{utility.Id}' failed for {coalition}: {e.Message}", utility.Id, coalition, e);

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _permits.Dispose();
        }
    }

    private async ValueTask<UtilityValue> EvaluateOneAsync(UtilityRequest request, CancellationToken cancellationToken)
    {
        await _permits.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await CallAsync(request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _permits.Release();
        }
    }

    private async Task<UtilityValue> CallAsync(UtilityRequest request, CancellationToken cancellationToken)
    {
        UtilityRequest[] requests = [request];
        IReadOnlyList<double> values;
        try
        {
            values = await AskAsync(requests, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return Fail(Threw(e, request.Coalition));
        }

        Keep(requests, values);
        return Take(values[0], request.Coalition);
    }

    private async ValueTask<IReadOnlyList<double>> AskAsync(UtilityRequest[] requests, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<double> values = options.TimeOut is { } timeOut
            ? await LimitAsync(token => Task.Run(async () => await utility.EvaluateAsync(requests, token).ConfigureAwait(false), token), timeOut, requests[0].Coalition, cancellationToken).ConfigureAwait(false)
            : await utility.EvaluateAsync(requests, cancellationToken).ConfigureAwait(false);
        return values?.Count == requests.Length
            ? values
            : throw new UtilityException(
                UtilityError.WrongCount, $"The utility '{utility.Id}' gave {values?.Count ?? 0} values for {requests.Length} requests: it has to give one for each.", utility.Id, requests[0].Coalition);
    }

    // Before a failure may throw: what was computed is kept.
    private void Keep(UtilityRequest[] requests, IReadOnlyList<double> values)
    {
        Count(requests.Length);
        if (journal is null)
        {
            return;
        }

        int[] finite = [.. Enumerable.Range(0, requests.Length).Where(i => double.IsFinite(values[i]))];
        if (finite.Length > 0)
        {
            journal.Add([.. finite.Select(i => requests[i])], [.. finite.Select(i => values[i])]);
        }
    }

    private UtilityValue Take(double value, Coalition coalition) =>
        double.IsFinite(value) ? new UtilityValue(value, IsGenuine: true) : Fail(NotFinite(value, coalition));

    private async Task<T> LimitAsync<T>(Func<CancellationToken, Task<T>> start, TimeSpan timeOut, Coalition coalition, CancellationToken cancellationToken)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<T> call = start(either.Token);
        try
        {
            return await call.WaitAsync(timeOut > LongestTimeOut ? Timeout.InfiniteTimeSpan : timeOut, options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException && !call.IsCompleted)
        {
            await either.CancelAsync().ConfigureAwait(false);

            // It may never end; what it throws when it does is nobody's.
            _ = call.ContinueWith(late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw new UtilityException(
                UtilityError.TimedOut, $"The utility '{utility.Id}' took longer than {timeOut} for {coalition}. Allow it more time, or set OnException to leave such coalitions out.", utility.Id, coalition);
        }
        catch (TimeoutException)
        {
            // It ended in the same moment, or the exception is its own.
            return await call.ConfigureAwait(false);
        }
    }

    private static TimeSpan Times(TimeSpan each, int count) => each > TimeSpan.MaxValue / Math.Max(1, count) ? TimeSpan.MaxValue : each * Math.Max(1, count);
}
