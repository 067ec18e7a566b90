using System.Collections.Concurrent;
using DataShapley.Caching;

namespace DataShapley.Games;

/// <summary>Evaluates a utility for estimators: in parallel up to a bound, each coalition once, failures as the options say, values recorded before they are used.</summary>
/// <remarks>What is asked for decides every value; workers, batches, cache and journal do not.</remarks>
public sealed partial class UtilityEvaluator : IDisposable
{
    // A utility may take any number at once; what gathers for it is held.
    private const int MostUnderWay = 1 << 16;

    private readonly ConcurrentDictionary<Coalition, Task<double>> _underWay = new();
    private readonly UtilityCalls _calls;
    private readonly IUtilityCache? _cache;
    private readonly EvaluationJournal? _journal;
    private long _requested;
    private long _fromCache;
    private long _fromJournal;

    /// <summary>Creates an evaluator and opens its journal.</summary>
    /// <param name="utility">What is evaluated.</param>
    /// <param name="options">How.</param>
    /// <exception cref="RunKit.JournalException">The journal is damaged, in use, or of another utility.</exception>
    public UtilityEvaluator(IUtility utility, EvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(utility);
        ArgumentException.ThrowIfNullOrEmpty(utility.Id);
        ArgumentOutOfRangeException.ThrowIfLessThan(utility.PlayerCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(utility.BatchSize, 1);
        Utility = utility;
        Options = options ?? new EvaluationOptions();
        _cache = utility.IsDeterministic ? Options.Cache ?? new MemoryUtilityCache() : null;
        _journal = Options.JournalPath is { } path ? EvaluationJournal.Open(path, utility) : null;
        _calls = new UtilityCalls(utility, Options, _journal);
    }

    /// <summary>Gets what is evaluated.</summary>
    public IUtility Utility { get; }

    /// <summary>Gets how it is evaluated.</summary>
    public EvaluationOptions Options { get; }

    /// <summary>Gets the number of players.</summary>
    public int PlayerCount => Utility.PlayerCount;

    /// <summary>Gets how many draws are worth having under way at once, so that workers and batches are full.</summary>
    internal int Window => (int)Math.Clamp(2L * Options.Workers * Utility.BatchSize, 4, MostUnderWay);

    /// <summary>Gets the counts so far.</summary>
    public EvaluationCounts Counts => new(
        Interlocked.Read(ref _requested), _calls.Evaluated, Interlocked.Read(ref _fromCache), Interlocked.Read(ref _fromJournal), _calls.Failed);

    /// <summary>Evaluates one coalition.</summary>
    /// <param name="request">The request. The seed of a deterministic utility is replaced by the coalition's.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <returns>The value; NaN where it failed and <see cref="FailurePolicy.Skip"/> holds.</returns>
    /// <exception cref="UtilityException">The evaluation failed, and the policy is to throw.</exception>
    public ValueTask<double> EvaluateAsync(UtilityRequest request, CancellationToken cancellationToken = default)
    {
        Check(request);
        Interlocked.Increment(ref _requested);
        return TryRemember(ref request, out double value) ? new ValueTask<double>(value) : new ValueTask<double>(EvaluateOnceAsync(request, cancellationToken));
    }

    /// <summary>Evaluates several coalitions, in parallel.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <returns>The values in the order of the requests; NaN where one failed and <see cref="FailurePolicy.Skip"/> holds.</returns>
    /// <exception cref="UtilityException">An evaluation failed, and the policy is to throw.</exception>
    public async Task<double[]> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        double[] values = new double[requests.Count];
        Lanes lanes = new(values.Length, async i => values[i] = await EvaluateAsync(requests[i], cancellationToken).ConfigureAwait(false));
        if (Utility.BatchSize > 1)
        {
            // Twice as many as are served, so that the next batches gather while these are under way.
            Task running;
            _calls.Hold();
            try
            {
                running = lanes.RunAsync((int)Math.Min(values.Length, (long)Window));
            }
            finally
            {
                _calls.Release();
            }

            await running.ConfigureAwait(false);
        }
        else
        {
            await lanes.RunInParallelAsync(Math.Min(values.Length, Options.Workers)).ConfigureAwait(false);
        }

        return values;
    }

    /// <summary>Closes the journal.</summary>
    public void Dispose()
    {
        _journal?.Dispose();
        _calls.Dispose();
    }

    private void Check(in UtilityRequest request)
    {
        if (request.Coalition is null || request.Coalition.PlayerCount != PlayerCount)
        {
            throw new ArgumentException($"The coalition is of {request.Coalition?.PlayerCount ?? 0} players; the utility '{Utility.Id}' has {PlayerCount}.", nameof(request));
        }
    }

    private bool TryRemember(ref UtilityRequest request, out double value)
    {
        if (request.Coalition.IsEmpty && Options.EmptyValue is { } empty)
        {
            value = empty;
            return true;
        }

        if (_cache?.TryGet(Utility.Id, request.Coalition, out value) == true)
        {
            Interlocked.Increment(ref _fromCache);
            return true;
        }

        if (Utility.IsDeterministic)
        {
            request = request with { Seed = CoalitionSeed.Of(request.Coalition) };
        }

        value = double.NaN;
        if (_journal?.TryGet(request, out value) != true)
        {
            return false;
        }

        Interlocked.Increment(ref _fromJournal);
        _cache?.Add(Utility.Id, request.Coalition, value);
        return true;
    }

    private async Task<double> EvaluateOnceAsync(UtilityRequest request, CancellationToken cancellationToken)
    {
        if (_cache is null)
        {
            return (await _calls.EvaluateAsync(request, cancellationToken).ConfigureAwait(false)).Value;
        }

        while (true)
        {
            TaskCompletionSource<double> own = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<double> first = _underWay.GetOrAdd(request.Coalition, own.Task);
            if (first == own.Task)
            {
                return await EvaluateFirstAsync(request, own, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                double value = await first.WaitAsync(cancellationToken).ConfigureAwait(false);
                Interlocked.Increment(ref _fromCache);
                return value;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Whoever asked first gave up; this one has not.
            }
        }
    }

    private async ValueTask<double> EvaluateFirstAsync(UtilityRequest request, TaskCompletionSource<double> own, CancellationToken cancellationToken)
    {
        double value;
        try
        {
            // It may have been finished between the look at the cache and this, and a small cache may have let go of it since.
            if (!_cache!.TryGet(Utility.Id, request.Coalition, out value) && _journal?.TryGet(request, out value) != true)
            {
                (value, bool isGenuine) = await _calls.EvaluateAsync(request, cancellationToken).ConfigureAwait(false);
                if (isGenuine)
                {
                    _cache.Add(Utility.Id, request.Coalition, value);
                }
            }
        }
        catch (Exception e)
        {
            _underWay.TryRemove(request.Coalition, out _);
            own.SetException(e);
            _ = own.Task.Exception;
            throw;
        }

        _underWay.TryRemove(request.Coalition, out _);
        own.SetResult(value);
        return value;
    }
}
