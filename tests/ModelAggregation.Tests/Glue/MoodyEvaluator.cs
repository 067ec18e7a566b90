using ModelAggregation.Evaluation;

namespace ModelAggregation.Tests.Glue;

/// <summary>Gives other scores each time it is asked while it has moods.</summary>
internal sealed class MoodyEvaluator(IModelEvaluator evaluator, Func<bool>? hasMoods = null) : IModelEvaluator
{
    private int _asked;

    public string Id => evaluator.Id;

    public IReadOnlyList<TaskInfo> Tasks => evaluator.Tasks;

    public async ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        EvaluationResult result = await evaluator.EvaluateAsync(candidate, cancellationToken);
        double mood = hasMoods?.Invoke() ?? true ? 1e-9 * Interlocked.Increment(ref _asked) : 0;
        return new EvaluationResult(
            result.Candidate, [.. result.Scores.Select(score => TaskScore.OfMean(score.Task, [.. score.Outcomes.Select(outcome => outcome with { Value = outcome.Value + mood })]))]);
    }
}
