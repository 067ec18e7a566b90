namespace DataShapley.Games;

internal sealed partial class UtilityCalls
{
    private readonly Lock _gate = new();
    private readonly Queue<WaitingRequest> _waiting = new();
    private int _holds;
    private bool _isDisposed;

    /// <summary>Lets requests gather until <see cref="Release"/>, so that those that are known together leave together.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _holds++;
        }
    }

    public void Release()
    {
        lock (_gate)
        {
            _holds--;
        }

        Serve();
    }

    private Task<UtilityValue> EvaluateInBatch(UtilityRequest request, CancellationToken cancellationToken)
    {
        WaitingRequest waiting = new(request, new TaskCompletionSource<UtilityValue>(TaskCreationOptions.RunContinuationsAsynchronously), cancellationToken);
        lock (_gate)
        {
            _waiting.Enqueue(waiting);
        }

        Serve();
        return waiting.Result.Task;
    }

    // Under load every permit is taken and requests gather; without load a batch of one leaves at once.
    private void Serve()
    {
        while (TryBegin(out List<WaitingRequest> batch))
        {
            _ = Task.Run(() => ServeAsync(batch), CancellationToken.None);
        }
    }

    private bool TryBegin(out List<WaitingRequest> batch)
    {
        lock (_gate)
        {
            bool begins = _holds == 0 && _waiting.Count > 0 && !_isDisposed && _permits.Wait(0, CancellationToken.None);
            batch = begins ? TakeBatch() : [];
            return begins;
        }
    }

    private async Task ServeAsync(List<WaitingRequest> batch)
    {
        while (batch.Count > 0)
        {
            await AnswerAsync(batch).ConfigureAwait(false);
            lock (_gate)
            {
                batch = _holds == 0 ? TakeBatch() : [];
                if (batch.Count == 0 && !_isDisposed)
                {
                    _permits.Release();
                }
            }
        }
    }

    // Under the lock. Requests that are cancelled apart are not asked together.
    private List<WaitingRequest> TakeBatch()
    {
        List<WaitingRequest> batch = [];
        while (batch.Count < utility.BatchSize && _waiting.TryPeek(out WaitingRequest? next) && (batch.Count == 0 || batch[0].CancellationToken == next.CancellationToken))
        {
            batch.Add(_waiting.Dequeue());
        }

        return batch;
    }

    private async Task AnswerAsync(List<WaitingRequest> batch)
    {
        UtilityRequest[] requests = [.. batch.Select(waiting => waiting.Request)];
        CancellationToken cancellationToken = batch[0].CancellationToken;
        IReadOnlyList<double> values;
        try
        {
            values = await AskAsync(requests, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (batch.Count > 1 && !cancellationToken.IsCancellationRequested && e is not UtilityException { Reason: UtilityError.WrongCount })
        {
            // Of too many or too few values it is not known whose they are: that is the utility's error, not a coalition's, and stays one.
            // Otherwise one bad coalition does not spoil the others, also where failures end a run: whose values count does not depend on what they were asked with.
            foreach (WaitingRequest waiting in batch)
            {
                await AnswerAsync([waiting]).ConfigureAwait(false);
            }

            return;
        }
        catch (Exception e)
        {
            // Whoever asked is told; nobody awaits this.
            batch.ForEach(waiting => Settle(waiting, () => cancellationToken.IsCancellationRequested ? throw new OperationCanceledException(cancellationToken) : Fail(Threw(e, waiting.Request.Coalition))));
            return;
        }

        try
        {
            Keep(requests, values);
        }
        catch (Exception e)
        {
            batch.ForEach(waiting => waiting.Result.SetException(e));
            return;
        }

        for (int i = 0; i < requests.Length; i++)
        {
            if (double.IsFinite(values[i]))
            {
                batch[i].Result.SetResult(new UtilityValue(values[i], IsGenuine: true));
                continue;
            }

            (double value, Coalition coalition) = (values[i], requests[i].Coalition);
            Settle(batch[i], () => Take(value, coalition));
        }
    }

    private static void Settle(WaitingRequest waiting, Func<UtilityValue> value)
    {
        try
        {
            waiting.Result.SetResult(value());
        }
        catch (Exception e)
        {
            waiting.Result.SetException(e);
        }
    }

    private sealed record WaitingRequest(UtilityRequest Request, TaskCompletionSource<UtilityValue> Result, CancellationToken CancellationToken);
}
