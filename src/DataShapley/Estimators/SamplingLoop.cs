using System.Globalization;
using DataShapley.Games;
using DataShapley.Stopping;

namespace DataShapley.Estimators;

/// <summary>Makes draws in parallel and lets them count in their order, so that neither the number of workers nor their speed shows in a result.</summary>
internal sealed class SamplingLoop<TSample>(SamplingEstimator<TSample> estimator, EstimationContext context)
{
    // Reading an estimate costs as much as the players: rules are asked after each draw at first, then after every fiftieth part more of them.
    private const double CheckGrowth = 1.02;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    private readonly Queue<(Draw Draw, Task<TSample> Task, long MaximumCost)> _underWay = new();
    private readonly List<double[]> _samples = [];
    private readonly TimeProvider _time = context.Evaluator.Options.Time;
    private readonly RandomStreams _seeds = context.Random(estimator.Name + " noise");
    private long _committed;
    private long _evaluations;
    private long _reserved;

    public async Task<EstimationOutcome> RunAsync(CancellationToken cancellationToken)
    {
        if (context.Budget is <= 0)
        {
            throw new ValuationException(ValuationError.BudgetTooSmall, $"A budget is 1 evaluation or more; it is {context.Budget}.");
        }

        long start = _time.GetTimestamp();
        using CancellationTokenSource own = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Draw before = new(context, _seeds, -1, context.Budget ?? long.MaxValue);
        Sampling<TSample> sampling = await estimator.BeginAsync(context, before, own.Token).ConfigureAwait(false);
        _evaluations = before.Evaluations;
        CheckBudget(sampling);
        StoppingMonitor? monitor = sampling.IsAllOrNothing ? null : context.Stop?.Begin(new StoppingStart(sampling.ValueCount ?? context.PlayerCount, _time));
        try
        {
            StoppingDecision decision = await DrawAsync(sampling, monitor, start, own.Token).ConfigureAwait(false);
            ValuationStatus status = decision switch
            {
                StoppingDecision.Converged => ValuationStatus.Converged,
                StoppingDecision.Exhausted => ValuationStatus.Exhausted,
                _ => _committed == sampling.DrawCount ? ValuationStatus.Completed : ValuationStatus.Exhausted,
            };
            Report(1, start);
            return new EstimationOutcome(sampling.Estimate(), status, _committed, _evaluations) { Samples = _samples };
        }
        finally
        {
            await own.CancelAsync().ConfigureAwait(false);
            await AbandonAsync().ConfigureAwait(false);
        }
    }

    private async Task<StoppingDecision> DrawAsync(Sampling<TSample> sampling, StoppingMonitor? monitor, long start, CancellationToken cancellationToken)
    {
        long next = 0;
        long nextCheck = 1;
        long reported = start;
        while (true)
        {
            for (; HasRoom(sampling) && MayBegin(sampling, next); next++)
            {
                Begin(sampling, next, cancellationToken);
            }

            if (_underWay.Count == 0)
            {
                return StoppingDecision.Continue;
            }

            StoppingMoment? moment = null;
            TSample sample = await CommitAsync(sampling).ConfigureAwait(false);
            ReadOnlyMemory<double> contributions = monitor is null && !context.KeepSamples ? default : sampling.Contributions(sample).ToArray();
            if (context.KeepSamples && contributions.Length > 0)
            {
                _samples.Add(contributions.ToArray());
            }

            monitor?.Observe(contributions.Span);
            if (monitor is not null && _committed >= nextCheck)
            {
                nextCheck = Math.Max(_committed + 1, Math.Min((long)Math.Ceiling(_committed * CheckGrowth), monitor.NextCheck(_committed)));
                moment = new StoppingMoment(_committed, _evaluations, sampling.Estimate());
                StoppingDecision decision = monitor.Check(moment);
                if (decision != StoppingDecision.Continue)
                {
                    return decision;
                }
            }

            if (context.Progress is not null && _time.GetElapsedTime(reported) >= ReportInterval)
            {
                reported = _time.GetTimestamp();
                Report(Completion(sampling, monitor, moment), start);
            }
        }
    }

    // Enough to keep every worker busy and no more: draws that are ahead of the one that counts next are lost where a rule stops the run. One whole order keeps many
    // workers busy by itself, and another is ready when it ends.
    private bool HasRoom(Sampling<TSample> sampling)
    {
        bool isSequential = sampling.IsSequential || context.Utility is IIncrementalUtility;
        return _underWay.Count < (isSequential ? context.Evaluator.Window : 2) || (!isSequential && _reserved < context.Evaluator.Window);
    }

    // Whether a draw begins depends on those that count and on its own greatest cost alone: not on how many are under way.
    private bool MayBegin(Sampling<TSample> sampling, long index) =>
        !(index >= sampling.DrawCount)
        && sampling.MustFollow(index) <= _committed
        && !(_evaluations + _reserved + sampling.MaximumCost(index) > context.Budget);

    private void Begin(Sampling<TSample> sampling, long index, CancellationToken cancellationToken)
    {
        Draw draw = new(context, _seeds, index);
        long cost = sampling.MaximumCost(index);
        _reserved += cost;
        _underWay.Enqueue((draw, Task.Run(() => sampling.DrawAsync(draw, cancellationToken), cancellationToken), cost));
    }

    private async Task<TSample> CommitAsync(Sampling<TSample> sampling)
    {
        (Draw draw, Task<TSample> task, long maximumCost) = _underWay.Peek();
        TSample sample = await task.ConfigureAwait(false);
        _underWay.Dequeue();
        _reserved -= maximumCost;
        _evaluations += draw.Evaluations;
        sampling.Commit(sample);
        _committed++;
        return sample;
    }

    // Nothing outlives the run: draws under way are cancelled and waited for. What they threw is not what the caller asked for.
    private async Task AbandonAsync()
    {
        foreach ((_, Task<TSample> task, _) in _underWay)
        {
            await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void CheckBudget(Sampling<TSample> sampling)
    {
        if (context.Budget is not { } budget)
        {
            if (context.Stop is null && sampling.DrawCount is null)
            {
                throw new ValuationException(ValuationError.NoEnd, $"The estimator '{estimator.Name}' never ends by itself: give it a budget or a stopping rule.");
            }

            return;
        }

        long draws = sampling.IsAllOrNothing ? sampling.DrawCount ?? 1 : Math.Min(1, sampling.DrawCount ?? 1);
        long needed = _evaluations;
        for (long i = 0; i < draws && needed <= budget; i++)
        {
            needed += sampling.MaximumCost(i);
        }

        if (needed > budget)
        {
            throw new ValuationException(
                ValuationError.BudgetTooSmall,
                string.Create(CultureInfo.InvariantCulture, $"A budget of {budget} evaluations does not pay for the estimator '{estimator.Name}' with {context.PlayerCount} players: it needs at least {needed}."));
        }
    }

    private double Completion(Sampling<TSample> sampling, StoppingMonitor? monitor, StoppingMoment? moment)
    {
        double ofPlan = sampling.DrawCount is { } count ? (double)_committed / count : 0;
        double ofBudget = context.Budget is { } budget ? (double)_evaluations / budget : 0;
        double ofRule = moment is null ? double.NaN : monitor?.Completion(moment) ?? double.NaN;
        double best = Math.Max(ofPlan, ofBudget);
        return double.IsNaN(ofRule) ? (best > 0 ? best : double.NaN) : Math.Max(best, ofRule);
    }

    private void Report(double completion, long start) =>
        context.Progress?.Report(new ValuationProgress(_committed, _evaluations, Math.Min(completion, 1), _time.GetElapsedTime(start)));
}
