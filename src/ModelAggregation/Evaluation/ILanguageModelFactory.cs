namespace ModelAggregation.Evaluation;

/// <summary>Opens candidates as language models. Safe to call from several threads.</summary>
public interface ILanguageModelFactory
{
    /// <summary>Gets what tells this way to run models, and its settings as far as they change answers, from others.</summary>
    string Id { get; }

    /// <summary>Opens a candidate.</summary>
    /// <param name="candidate">The model; its tensors are not needed once this has returned.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <returns>The model; the caller disposes it.</returns>
    ValueTask<ILanguageModel> OpenAsync(ModelCandidate candidate, CancellationToken cancellationToken = default);
}
