using ModelAggregation.Evaluation;

namespace ModelAggregation.Glue.Execution;

/// <summary>Counts the evaluations of a run; all else is the evaluator's own.</summary>
internal sealed class CountingEvaluator(IModelEvaluator evaluator, EvaluationCount count) : IModelEvaluator
{
    public string Id => evaluator.Id;

    public IReadOnlyList<TaskInfo> Tasks => evaluator.Tasks;

    public async ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        EvaluationResult result = await evaluator.EvaluateAsync(candidate, cancellationToken).ConfigureAwait(false);
        count.Increment();
        return result;
    }
}
