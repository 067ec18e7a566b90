namespace ModelAggregation.Evaluation;

/// <summary>Opens models to read their hidden states.</summary>
public interface IHiddenStateSourceFactory
{
    /// <summary>Opens a model.</summary>
    /// <param name="model">The model; its tensors are not needed once this has returned.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <returns>The source; the caller disposes it.</returns>
    ValueTask<IHiddenStateSource> OpenAsync(ModelCandidate model, CancellationToken cancellationToken = default);
}
