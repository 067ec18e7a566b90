using ModelAggregation.Evaluation;

namespace ModelAggregation.Glue.Execution;

/// <summary>A model behind an endpoint, with the folder that was written for the endpoint to load; disposing removes the folder.</summary>
internal sealed class EndpointModel(ILanguageModel model, string? temporary) : ILanguageModel
{
    public ValueTask<IReadOnlyList<LogLikelihood>> LogLikelihoodAsync(IReadOnlyList<LogLikelihoodRequest> requests, CancellationToken cancellationToken = default) =>
        model.LogLikelihoodAsync(requests, cancellationToken);

    public ValueTask<IReadOnlyList<LogLikelihood>> RollingLogLikelihoodAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default) =>
        model.RollingLogLikelihoodAsync(texts, cancellationToken);

    public ValueTask<IReadOnlyList<Generation>> GenerateAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken = default) =>
        model.GenerateAsync(requests, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await model.DisposeAsync().ConfigureAwait(false);
        if (temporary is not null && Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }
    }
}
