namespace ModelAggregation.Evaluation;

/// <summary>Opens candidates with a method of the caller's.</summary>
public sealed class DelegateLanguageModelFactory : ILanguageModelFactory
{
    private readonly Func<ModelCandidate, CancellationToken, ValueTask<ILanguageModel>> _open;

    /// <summary>Creates the factory.</summary>
    /// <param name="id">What tells this way to run models from others.</param>
    /// <param name="open">Opens a candidate; called from several threads.</param>
    public DelegateLanguageModelFactory(string id, Func<ModelCandidate, CancellationToken, ValueTask<ILanguageModel>> open)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(open);
        Id = id;
        _open = open;
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public ValueTask<ILanguageModel> OpenAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return _open(candidate, cancellationToken);
    }
}
