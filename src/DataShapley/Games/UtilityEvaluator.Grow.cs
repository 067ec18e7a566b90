namespace DataShapley.Games;

public sealed partial class UtilityEvaluator
{
    // Enough coalitions at once to keep workers busy, few enough to hold.
    private const int CoalitionsAtOnce = 64;

    /// <summary>Lets players join one by one. An <see cref="IIncrementalUtility"/> does so at its own cost, others evaluate each coalition.</summary>
    /// <param name="order">Who joins, in order; each once.</param>
    /// <param name="seed">Gives the seed of each step, counted from 0, for noisy utilities.</param>
    /// <param name="goesOn">Is told the number of players that joined and the value, and says whether to go on; null goes on to the end.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <returns>The value after each player that joined; NaN where one failed and <see cref="FailurePolicy.Skip"/> holds.</returns>
    /// <exception cref="UtilityException">An evaluation failed, and the policy is to throw.</exception>
    public async Task<double[]> GrowAsync(
        ReadOnlyMemory<int> order, Func<int, ulong> seed, Func<int, double, bool>? goesOn = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(seed);
        Growth growth = new(order.Length, goesOn);
        if (Utility is IIncrementalUtility incremental)
        {
            growth = await GrowIncrementallyAsync(incremental, order, seed, growth, cancellationToken).ConfigureAwait(false);
        }

        await GrowByCoalitionsAsync(order, seed, growth, cancellationToken).ConfigureAwait(false);
        return growth.ToArray();
    }

    /// <summary>Grows to the end, or to a failure that is not thrown: what is left is evaluated coalition by coalition, and there it is counted.</summary>
    private async Task<Growth> GrowIncrementallyAsync(
        IIncrementalUtility utility, ReadOnlyMemory<int> order, Func<int, ulong> seed, Growth growth, CancellationToken cancellationToken)
    {
        ulong own = utility.IsDeterministic ? 0 : seed(0);
        if (_journal?.TryGet(order.Span, PlayerCount, own, out double[] recorded) == true)
        {
            // It may have been cut off by another rule: then it serves as far as it goes.
            Array.TrueForAll(recorded, value => growth.Tell(value, isGenuine: true));
            Interlocked.Add(ref _fromJournal, growth.Count);
        }

        int known = growth.Count;
        UtilityException? failure = null;
        if (!growth.IsDone)
        {
            try
            {
                Growth calling = growth;
                failure = await _calls.RunAsync(
                    token => Grow(utility, order.Span, own, calling, token), order.Length, () => Coalition.Of(PlayerCount, order.Span), cancellationToken).ConfigureAwait(false);
            }
            catch (UtilityException e) when (e.Reason == UtilityError.TimedOut)
            {
                growth = growth.Close();
                failure = e;
            }
            finally
            {
                // Whatever ended it: what was computed is kept.
                _calls.Count(growth.Count - known);
                if (growth.GenuineCount > known)
                {
                    _journal?.Add(order.Span, PlayerCount, own, growth.ToArray()[..growth.GenuineCount]);
                }
            }
        }

        Interlocked.Add(ref _requested, growth.Count);
        if (failure is not null && Options.OnException.IsThrown)
        {
            throw failure;
        }

        return growth;
    }

    private UtilityException? Grow(IIncrementalUtility utility, ReadOnlySpan<int> order, ulong seed, Growth growth, CancellationToken cancellationToken)
    {
        int known = growth.Count;
        IGrowingCoalition? growing = null;
        for (int i = 0; i < order.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double value;
            try
            {
                growing ??= utility.Begin(seed);
                value = growing.Add(order[i]);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                return _calls.Threw(e, Coalition.Of(PlayerCount, order[..(i + 1)]));
            }

            if (i < known)
            {
                continue;
            }

            bool isGenuine = double.IsFinite(value);
            if (!isGenuine)
            {
                value = _calls.Fail(_calls.NotFinite(value, Coalition.Of(PlayerCount, order[..(i + 1)]))).Value;
            }

            if (!growth.Tell(value, isGenuine))
            {
                break;
            }
        }

        return null;
    }

    private async Task GrowByCoalitionsAsync(ReadOnlyMemory<int> order, Func<int, ulong> seed, Growth growth, CancellationToken cancellationToken)
    {
        if (growth.IsDone)
        {
            return;
        }

        Coalition coalition = Coalition.Of(PlayerCount, order.Span[..growth.Count]);
        int atOnce = growth.IsFree ? Math.Max(CoalitionsAtOnce, Window) : 1;
        while (!growth.IsDone)
        {
            UtilityRequest[] requests = new UtilityRequest[Math.Min(atOnce, order.Length - growth.Count)];
            for (int i = 0; i < requests.Length; i++)
            {
                int step = growth.Count + i;
                coalition = coalition.With(order.Span[step]);
                requests[i] = new UtilityRequest(coalition, 0, seed(step));
            }

            if (requests.Length == 1)
            {
                growth.Tell(await EvaluateAsync(requests[0], cancellationToken).ConfigureAwait(false));
                continue;
            }

            Array.TrueForAll(await EvaluateAsync(requests, cancellationToken).ConfigureAwait(false), growth.Tell);
        }
    }
}
