using ModelAggregation.Evaluation;
using ModelAggregation.Mixture.Routers;

namespace ModelAggregation.Mixture.Text;

/// <summary>A router of texts that was fitted to labelled prompts.</summary>
/// <param name="Settings">The router, with the layer that tells most.</param>
/// <param name="Layers">How well the router of each layer did.</param>
public sealed record TextRouterFit(TextRouterSettings Settings, IReadOnlyList<RouterFit> Layers)
{
    /// <summary>Gets the fit of the layer that was taken.</summary>
    public RouterFit Best => Layers[Settings.Layer];

    /// <summary>Fits a router in each layer of a model, and takes the layer whose cross-entropy over prompts that were left out is least.</summary>
    /// <param name="source">The model's hidden states; the caller disposes it.</param>
    /// <param name="model">The model's folder.</param>
    /// <param name="prompts">The prompts, each labelled with the model that is to answer it.</param>
    /// <param name="expertCount">The number of models, at least 2.</param>
    /// <param name="pooling">What a prompt's states are pooled to: the mean or the last.</param>
    /// <param name="maxCharacters">How much of a text is read, also later: of a longer one its end; null for all of it.</param>
    /// <param name="options">How to fit; the defaults when null.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <exception cref="RouterException">The states are not finite, or there are no prompts.</exception>
    /// <exception cref="EvaluationException">The source cannot run a prompt.</exception>
    public static async ValueTask<TextRouterFit> FitAsync(
        IHiddenStateSource source,
        string model,
        IReadOnlyList<LabelledPrompt> prompts,
        int expertCount,
        RouterPooling pooling = RouterPooling.Mean,
        int? maxCharacters = null,
        RouterFittingOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentOutOfRangeException.ThrowIfLessThan(expertCount, 2);
        TextRouterSettings settings = new()
        {
            Model = model,
            Layer = 0,
            Pooling = pooling,
            MaxCharacters = maxCharacters,
            Router = new LinearRouter(expertCount, source.HiddenSize, new float[checked(expertCount * source.HiddenSize)]),
        };
        LabelledPrompt[] clipped = [.. prompts.Select(prompt => prompt with { Prompt = settings.Clip(prompt.Prompt) })];
        RouterFeatures features = await RouterFeatures.ReadAsync(source, clipped, expertCount, RouterSite.LayerInput, pooling, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<RouterFit> layers = RouterFitting.FitAll(features, options, cancellationToken);
        RouterFit best = RouterFitting.Best(layers);
        return new TextRouterFit(settings with { Layer = best.Layer, Router = best.Router }, layers);
    }
}
