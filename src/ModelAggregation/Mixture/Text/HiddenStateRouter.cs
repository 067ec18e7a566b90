using ModelAggregation.Evaluation;
using ModelAggregation.Mixture.Routers;

namespace ModelAggregation.Mixture.Text;

/// <summary>Routes texts by the hidden states of a model at the input of one of its layers.</summary>
public sealed class HiddenStateRouter : ITextRouter
{
    private readonly IHiddenStateSource _source;
    private readonly TextRouterSettings _settings;

    /// <summary>Creates the router.</summary>
    /// <param name="source">The model's states; the source becomes its own and is disposed with it.</param>
    /// <param name="settings">The layer, pooling and weights.</param>
    /// <exception cref="RouterException">The source has fewer layers, or another hidden size.</exception>
    public HiddenStateRouter(IHiddenStateSource source, TextRouterSettings settings)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Layer >= source.LayerCount || settings.Router.HiddenSize != source.HiddenSize)
        {
            throw new RouterException(
                RouterError.SourceDiffers,
                $"The router reads layer {settings.Layer} with a hidden size of {settings.Router.HiddenSize}; the model has {source.LayerCount} layers and a hidden size of {source.HiddenSize}: it is another model's.",
                layer: settings.Layer);
        }

        _source = source;
        _settings = settings;
    }

    /// <inheritdoc />
    public int ExpertCount => _settings.Router.ExpertCount;

    /// <inheritdoc />
    /// <exception cref="RouterException">The model's states are not finite.</exception>
    public async ValueTask<IReadOnlyList<TextRoute>> RouteAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        string[] clipped = [.. texts.Select(_settings.Clip)];
        IReadOnlyList<PromptStates> states = await _source.ReadAsync(clipped, cancellationToken).ConfigureAwait(false);
        RouterFeatures.CheckStates(_source, states, clipped.Length);
        return [.. states.Select(Route)];
    }

    /// <summary>Disposes the source.</summary>
    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private TextRoute Route(PromptStates text, int place)
    {
        ReadOnlySpan<float> state = RouterFeatures.Read(text, _settings.Layer, RouterSite.LayerInput, _settings.Pooling);
        foreach (float value in state)
        {
            if (!float.IsFinite(value))
            {
                throw new RouterException(RouterError.NotFinite, $"The hidden states of text {place} are NaN or infinite in layer {_settings.Layer}: the model cannot run it.", layer: _settings.Layer);
            }
        }

        ExpertChoice choice = _settings.Router.Choose(state, 1);
        return new TextRoute(choice.Experts[0], choice.Probabilities);
    }
}
