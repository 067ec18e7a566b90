using ModelAggregation.Evaluation;

namespace ModelAggregation.Tests.Evaluation;

/// <summary>A model that says what a test tells it to.</summary>
internal sealed class ScriptedModel : ILanguageModel
{
    public Func<LogLikelihoodRequest, LogLikelihood> Likelihood { get; init; } = _ => throw new NotSupportedException();

    public Func<string, LogLikelihood> Rolling { get; init; } = _ => throw new NotSupportedException();

    public Func<GenerationRequest, Generation> Generation { get; init; } = _ => throw new NotSupportedException();

    public Action Released { get; init; } = () => { };

    public ValueTask<IReadOnlyList<LogLikelihood>> LogLikelihoodAsync(IReadOnlyList<LogLikelihoodRequest> requests, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<LogLikelihood>>([.. requests.Select(Likelihood)]);

    public ValueTask<IReadOnlyList<LogLikelihood>> RollingLogLikelihoodAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<LogLikelihood>>([.. texts.Select(Rolling)]);

    public ValueTask<IReadOnlyList<Generation>> GenerateAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<Generation>>([.. requests.Select(Generation)]);

    public ValueTask DisposeAsync()
    {
        Released();
        return ValueTask.CompletedTask;
    }
}
