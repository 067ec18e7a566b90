using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Http;

namespace ModelAggregation.Glue.Execution;

/// <summary>Opens candidates behind an endpoint that loads the model whose folder a request names; a merge in memory is written first.</summary>
internal sealed class EndpointModels(HttpClient client, GlueEndpoint endpoint, string? folder) : ILanguageModelFactory
{
    private int _count;

    // Candidates have names of their own; all else that changes answers is in this one's id.
    public string Id { get; } = new HttpLanguageModel(client, endpoint.Address, "{model}", endpoint.Options).Id;

    public ValueTask<ILanguageModel> OpenAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        string? temporary = candidate.Folder is null ? Save(candidate, cancellationToken) : null;
        return ValueTask.FromResult<ILanguageModel>(new EndpointModel(new HttpLanguageModel(client, endpoint.Address, candidate.Folder ?? temporary!, endpoint.Options), temporary));
    }

    private string Save(ModelCandidate candidate, CancellationToken cancellationToken)
    {
        string parent = folder ?? Path.GetTempPath();
        Directory.CreateDirectory(parent);
        string path;
        do
        {
            path = Path.Combine(parent, $"model-aggregation-endpoint-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        }
        while (Path.Exists(path));
        candidate.Save(path, cancellationToken);
        return path;
    }
}
