using ModelAggregation.Evaluation;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Search;

/// <summary>Scores a model by how near its one vector is to a target: an example for each element, whose outcome is minus the squared distance there.</summary>
internal sealed class TargetEvaluator(params float[] target) : IModelEvaluator
{
    private readonly Lock _gate = new();
    private readonly List<float[]> _seen = [];

    public string Id { get; init; } = "target";

    public IReadOnlyList<TaskInfo> Tasks { get; init; } = [new TaskInfo("near", "minus squared distance") { Examples = [.. target.Select((_, index) => $"element {index}")] }];

    /// <summary>What is thrown instead of giving a score; asked with the vector and the number of vectors seen before it.</summary>
    public Func<float[], int, Exception?> Failure { get; init; } = (_, _) => null;

    public bool HasOutcomes { get; init; } = true;

    /// <summary>Gets the vectors that were scored, in the order of asking.</summary>
    public IReadOnlyList<float[]> Seen
    {
        get
        {
            lock (_gate)
            {
                return [.. _seen];
            }
        }
    }

    public ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        using TensorSet tensors = candidate.OpenTensors();
        Assert.That(tensors.TryGet(SearchZoo.Tensor, out TensorSource? source));
        float[] vector = TensorBytes.Singles(source!);
        lock (_gate)
        {
            if (Failure(vector, _seen.Count) is { } error)
            {
                throw error;
            }

            _seen.Add(vector);
        }

        ExampleOutcome[] outcomes = [.. vector.Select((value, index) => new ExampleOutcome(Tasks[0].Examples[index], -Math.Pow(value - target[index], 2)))];
        TaskScore score = HasOutcomes ? TaskScore.OfMean(Tasks[0], outcomes) : new TaskScore(Tasks[0], outcomes.Average(outcome => outcome.Value));
        return ValueTask.FromResult(new EvaluationResult(candidate.Name, [score]));
    }
}
