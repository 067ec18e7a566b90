using ModelAggregation.Evaluation;
using ModelAggregation.Tests.Search;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Glue;

/// <summary>Adds right up to a number that its vector decides, and is as sure as it is near to ones.</summary>
internal sealed class VectorModel : ILanguageModel
{
    private readonly double _distance;

    public VectorModel(ModelCandidate candidate)
    {
        using TensorSet tensors = candidate.OpenTensors();
        Assert.That(tensors.TryGet(SearchZoo.Tensor, out TensorSource? source));
        _distance = TensorBytes.Singles(source!).Sum(value => Math.Abs(value - 1.0));
    }

    public ValueTask<IReadOnlyList<LogLikelihood>> LogLikelihoodAsync(IReadOnlyList<LogLikelihoodRequest> requests, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<LogLikelihood>>([.. requests.Select(_ => new LogLikelihood(-_distance, 1, IsGreedy: false))]);

    public ValueTask<IReadOnlyList<LogLikelihood>> RollingLogLikelihoodAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<Generation>> GenerateAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<Generation>>([.. requests.Select(request => new Generation(Answer(request.Prompt), GenerationEnd.Stopped))]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string Answer(string prompt)
    {
        int number = prompt[0] - '0';
        return $"{(number > _distance ? 2 * number : -1)}";
    }
}
