using ModelAggregation.Evaluation;

namespace ModelAggregation.Mixture.Text;

/// <summary>A mixture of whole models by the text (Model-GLUE, figure 1): a router reads the prompt, and one model answers it, with its own tokenizer, embeddings and head.</summary>
/// <remarks>
/// <para>All requests with one context go to one model, so that the log-probabilities of its continuations can be compared; what is asked for is not looked at. Of a whole text, whose
/// log-probability has no context, the text itself is routed: that is a score of texts, but no longer one distribution over them.</para>
/// <para>Log-probabilities of models with different tokenizers are of different tokens; they are comparable as they are per text, not per token.</para>
/// </remarks>
public sealed class RoutedLanguageModel : ILanguageModel
{
    private readonly ITextRouter _router;
    private readonly RoutedExpert[] _experts;
    private readonly RoutedLanguageModelOptions _options;
    private readonly ILanguageModel?[] _open;
    private readonly TextRoutingCounter _counter;
    private bool _isDisposed;

    /// <summary>Creates the model.</summary>
    /// <param name="router">The router, which becomes its own: it is disposed with it.</param>
    /// <param name="experts">The models that it picks from, in its order.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <exception cref="ArgumentException">The router has another number of models.</exception>
    public RoutedLanguageModel(ITextRouter router, IReadOnlyList<RoutedExpert> experts, RoutedLanguageModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(router);
        ArgumentNullException.ThrowIfNull(experts);
        if (router.ExpertCount != experts.Count)
        {
            throw new ArgumentException($"The router picks from {router.ExpertCount} models, and {experts.Count} were given.", nameof(experts));
        }

        _router = router;
        _experts = [.. experts];
        _options = options ?? new RoutedLanguageModelOptions();
        _open = new ILanguageModel?[experts.Count];
        _counter = new TextRoutingCounter([.. experts.Select(expert => expert.Name)]);
    }

    /// <summary>Gets where texts went so far.</summary>
    public TextRoutingStatistics Statistics => _counter.Finish();

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogLikelihood>> LogLikelihoodAsync(IReadOnlyList<LogLikelihoodRequest> requests, CancellationToken cancellationToken = default) =>
        AskAsync(requests, request => request.Context, (model, own) => model.LogLikelihoodAsync(own, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogLikelihood>> RollingLogLikelihoodAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default) =>
        AskAsync(texts, text => text, (model, own) => model.RollingLogLikelihoodAsync(own, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Generation>> GenerateAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken = default) =>
        AskAsync(requests, request => request.Prompt, (model, own) => model.GenerateAsync(own, cancellationToken), cancellationToken);

    /// <summary>Disposes the router and the models that are open, and reports where texts went.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _options.Statistics?.Report(Statistics);
        for (int expert = 0; expert < _open.Length; expert++)
        {
            await CloseAsync(expert).ConfigureAwait(false);
        }

        await _router.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<TAnswer>> AskAsync<TRequest, TAnswer>(
        IReadOnlyList<TRequest> requests,
        Func<TRequest, string> textOf,
        Func<ILanguageModel, IReadOnlyList<TRequest>, ValueTask<IReadOnlyList<TAnswer>>> ask,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        int[] experts = await RouteAsync([.. requests.Select(textOf)], cancellationToken).ConfigureAwait(false);
        TAnswer[] answers = new TAnswer[requests.Count];
        for (int expert = 0; expert < _experts.Length; expert++)
        {
            int[] places = [.. Enumerable.Range(0, experts.Length).Where(place => experts[place] == expert)];
            if (places.Length == 0)
            {
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            ILanguageModel model = _open[expert] ??= await _experts[expert].Open(cancellationToken).ConfigureAwait(false);
            try
            {
                IReadOnlyList<TAnswer> own = await ask(model, [.. places.Select(place => requests[place])]).ConfigureAwait(false);
                if (own.Count != places.Length)
                {
                    throw new EvaluationException(EvaluationError.AnswerInvalid, $"'{_experts[expert].Name}' gave {own.Count} answers to {places.Length} requests.", _experts[expert].Name);
                }

                for (int i = 0; i < places.Length; i++)
                {
                    answers[places[i]] = own[i];
                    _counter.AddRequest(expert);
                }
            }
            finally
            {
                if (!_options.KeepsModelsOpen)
                {
                    await CloseAsync(expert).ConfigureAwait(false);
                }
            }
        }

        return answers;
    }

    // Each text once: the choices of a question have one context.
    private async ValueTask<int[]> RouteAsync(string[] texts, CancellationToken cancellationToken)
    {
        string[] different = [.. texts.Distinct(StringComparer.Ordinal)];
        if (different.Length == 0)
        {
            return [];
        }

        IReadOnlyList<TextRoute> routes = await _router.RouteAsync(different, cancellationToken).ConfigureAwait(false);
        Dictionary<string, int> expertOf = new(different.Length, StringComparer.Ordinal);
        for (int i = 0; i < different.Length; i++)
        {
            if (i >= routes.Count || routes[i].Expert < 0 || routes[i].Expert >= _experts.Length || routes[i].Probabilities.Count != _experts.Length)
            {
                throw new EvaluationException(EvaluationError.AnswerInvalid, $"The router gave {routes.Count} routes for {different.Length} texts, or one to none of the {_experts.Length} models.");
            }

            expertOf.Add(different[i], routes[i].Expert);
            _counter.AddText(routes[i]);
        }

        return [.. texts.Select(text => expertOf[text])];
    }

    private async ValueTask CloseAsync(int expert)
    {
        if (_open[expert] is { } model)
        {
            _open[expert] = null;
            await model.DisposeAsync().ConfigureAwait(false);
        }
    }
}
