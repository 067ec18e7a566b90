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
        return Utility is IIncrementalUtility incremental
            ? await GrowIncrementallyAsync(incremental, order, seed, goesOn, cancellationToken).ConfigureAwait(false)
            : await GrowByCoalitionsAsync(order, seed, goesOn, cancellationToken).ConfigureAwait(false);
    }

    private async Task<double[]> GrowIncrementallyAsync(
        IIncrementalUtility utility, ReadOnlyMemory<int> order, Func<int, ulong> seed, Func<int, double, bool>? goesOn, CancellationToken cancellationToken)
    {
        ulong own = utility.IsDeterministic ? _seed : seed(0);
        if (_journal?.TryGet(order.Span, PlayerCount, own, out double[] recorded) == true && Prefix(recorded, order.Length, goesOn) is { } prefix)
        {
            Interlocked.Add(ref _requested, prefix.Length);
            Interlocked.Add(ref _fromJournal, prefix.Length);
            return prefix;
        }

        double[] values;
        bool isGenuine = true;
        try
        {
            (values, isGenuine) = await _calls.RunAsync(
                token => Grow(utility, order.Span, own, goesOn, token), Options.TimeOut * Math.Max(1, order.Length), Coalition.Of(PlayerCount, order.Span), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && !Options.OnException.IsThrown)
        {
            // Where it stands is not known: each coalition is asked for by itself, and those that fail are counted there.
            return await GrowByCoalitionsAsync(order, seed, goesOn, cancellationToken).ConfigureAwait(false);
        }

        Interlocked.Add(ref _requested, values.Length);
        _calls.Count(values.Length);
        if (isGenuine && values.Length > 0)
        {
            _journal?.Add(order.Span, PlayerCount, own, values);
        }

        return values;
    }

    private (double[] Values, bool IsGenuine) Grow(IIncrementalUtility utility, ReadOnlySpan<int> order, ulong seed, Func<int, double, bool>? goesOn, CancellationToken cancellationToken)
    {
        double[] values = new double[order.Length];
        bool isGenuine = true;
        IGrowingCoalition growing = utility.Begin(seed);
        for (int i = 0; i < values.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            values[i] = Add(growing, order, i);
            if (!double.IsFinite(values[i]))
            {
                values[i] = _calls.Fail(_calls.NotFinite(values[i], Coalition.Of(PlayerCount, order[..(i + 1)]))).Value;
                isGenuine = false;
            }

            if (goesOn?.Invoke(i + 1, values[i]) == false)
            {
                return (values[..(i + 1)], isGenuine);
            }
        }

        return (values, isGenuine);
    }

    private double Add(IGrowingCoalition growing, ReadOnlySpan<int> order, int step)
    {
        try
        {
            return growing.Add(order[step]);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw _calls.Threw(e, Coalition.Of(PlayerCount, order[..(step + 1)]));
        }
    }

    private async Task<double[]> GrowByCoalitionsAsync(ReadOnlyMemory<int> order, Func<int, ulong> seed, Func<int, double, bool>? goesOn, CancellationToken cancellationToken)
    {
        double[] values = new double[order.Length];
        Coalition coalition = Coalition.Empty(PlayerCount);
        int atOnce = goesOn is null ? Math.Max(CoalitionsAtOnce, 2 * Options.Workers * Utility.BatchSize) : 1;
        for (int start = 0; start < values.Length; start += atOnce)
        {
            UtilityRequest[] requests = new UtilityRequest[Math.Min(atOnce, values.Length - start)];
            for (int i = 0; i < requests.Length; i++)
            {
                coalition = coalition.With(order.Span[start + i]);
                requests[i] = new UtilityRequest(coalition, 0, seed(start + i));
            }

            if (goesOn is null)
            {
                (await EvaluateAsync(requests, cancellationToken).ConfigureAwait(false)).CopyTo(values, start);
                continue;
            }

            values[start] = await EvaluateAsync(requests[0], cancellationToken).ConfigureAwait(false);
            if (!goesOn(start + 1, values[start]))
            {
                return values[..(start + 1)];
            }
        }

        return values;
    }

    // What was recorded may have been cut off by another rule: then it serves only as far as this one goes, or not at all.
    private static double[]? Prefix(double[] recorded, int length, Func<int, double, bool>? goesOn)
    {
        for (int i = 0; i < Math.Min(recorded.Length, length); i++)
        {
            if (goesOn?.Invoke(i + 1, recorded[i]) == false)
            {
                return recorded[..(i + 1)];
            }
        }

        return recorded.Length == length ? recorded : null;
    }
}
