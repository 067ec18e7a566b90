namespace ModelAggregation.Evaluation;

/// <summary>Opens models to read their hidden states.</summary>
public interface IHiddenStateSourceFactory
{
    /// <summary>Gets what tells this way to read states, and its settings as far as they change them, from others.</summary>
    /// <value>The name of the type, where it says nothing else.</value>
    string Id => GetType().Name;

    /// <summary>Opens a model.</summary>
    /// <param name="model">The model; its tensors are not needed once this has returned.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <returns>The source; the caller disposes it.</returns>
    ValueTask<IHiddenStateSource> OpenAsync(ModelCandidate model, CancellationToken cancellationToken = default);
}
