using ModelAggregation.Evaluation;

namespace ModelAggregation.Mixture.Text;

/// <summary>Opens candidates whose folder holds a routed model (<see cref="RoutedModelFolder"/>) as one; all others pass to the factory behind it, which also opens the models of routed ones.</summary>
public sealed class RoutedLanguageModelFactory : ILanguageModelFactory
{
    private readonly ILanguageModelFactory _inner;
    private readonly IHiddenStateSourceFactory _states;
    private readonly RoutedLanguageModelOptions _options;

    /// <summary>Creates the factory.</summary>
    /// <param name="inner">Opens whole models.</param>
    /// <param name="states">Opens the models whose hidden states decide.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    public RoutedLanguageModelFactory(ILanguageModelFactory inner, IHiddenStateSourceFactory states, RoutedLanguageModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(states);
        _inner = inner;
        _states = states;
        _options = options ?? new RoutedLanguageModelOptions();
        Id = $"routed-{states.Id}-{inner.Id}";
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    /// <exception cref="RoutedModelException">The routed model is damaged, or one of its models is missing or changed.</exception>
    public async ValueTask<ILanguageModel> OpenAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return RoutedModelFolder.IsOne(candidate.Folder)
            ? await OpenRoutedAsync(RoutedModelFolder.Open(candidate.Folder!), cancellationToken).ConfigureAwait(false)
            : await _inner.OpenAsync(candidate, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<ILanguageModel> OpenRoutedAsync(RoutedModel model, CancellationToken cancellationToken)
    {
        Check(model.Router.Model, "router", model.Router.Identity, cancellationToken);
        IHiddenStateSource source = await _states.OpenAsync(ModelCandidate.FromFolder(model.Router.Model), cancellationToken).ConfigureAwait(false);
        try
        {
            RoutedExpert[] experts = [.. model.Experts.Select(expert => new RoutedExpert(expert.Name, token => OpenExpertAsync(expert, token)))];
            return new RoutedLanguageModel(new HiddenStateRouter(source, model.Router), experts, _options);
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<ILanguageModel> OpenExpertAsync(RoutedModelExpert expert, CancellationToken cancellationToken)
    {
        Check(expert.Folder, expert.Name, expert.Identity, cancellationToken);
        return await _inner.OpenAsync(ModelCandidate.FromFolder(expert.Folder, expert.Name), cancellationToken).ConfigureAwait(false);
    }

    private void Check(string folder, string name, string? identity, CancellationToken cancellationToken)
    {
        if (RoutedModelFolder.IsOne(folder))
        {
            throw new RoutedModelException(RoutedModelError.Nested, $"'{name}' in '{folder}' is a routed model itself.", folder, name);
        }

        if (_options.VerifiesModels)
        {
            RoutedModelFolder.EnsureUnchanged(folder, name, identity, cancellationToken);
        }
    }
}
