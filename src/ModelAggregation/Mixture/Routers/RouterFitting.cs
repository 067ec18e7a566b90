namespace ModelAggregation.Mixture.Routers;

/// <summary>Fits routers to labelled prompts without a gradient through the model: softmax regression, or a network of two layers, over pooled hidden states that were read once.</summary>
/// <remarks>
/// <para>What is minimised, over the prompts i with weights w that sum to 1: <c>−Σ wᵢ ln softmax(logits(xᵢ))[labelᵢ] + λ/2 Σ θ²</c>. States x are divided by the deviation of each element, and
/// for a router of two layers centred; a linear router has no bias that could take up a centre. The minimiser is L-BFGS in double with a line search that satisfies the Wolfe
/// conditions: the same prompts, states and seed give the same bits, for any number of threads. A linear router's optimum is unique; one of two layers is a local optimum that depends on the seed.</para>
/// <para>An iteration costs two passes over the states for each expert, or for each unit of the inner layer: 400 prompts of hidden size 4096 and 8 experts take some 200 iterations of 26 million multiplications,
/// once and again for each part of a cross-validation.</para>
/// <para>A cross-validation deals prompts out by label and seed; all occurrences of a prompt lie in one part.</para>
/// </remarks>
public static class RouterFitting
{
    /// <summary>Fits a router to one layer's states.</summary>
    /// <param name="features">The states.</param>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="cancellationToken">Stops the fit between iterations.</param>
    /// <exception cref="RouterException">A state is not finite.</exception>
    public static RouterFit Fit(RouterFeatures features, int layer, RouterFittingOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, features.LayerCount);
        return FitLayers(features, [layer], options ?? new RouterFittingOptions(), cancellationToken)[0];
    }

    /// <summary>Fits a router to the states of each layer.</summary>
    /// <param name="features">The states.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="cancellationToken">Stops the fit between iterations.</param>
    /// <returns>The fits, by layer.</returns>
    /// <exception cref="RouterException">A state is not finite.</exception>
    public static IReadOnlyList<RouterFit> FitAll(RouterFeatures features, RouterFittingOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        return FitLayers(features, [.. Enumerable.Range(0, features.LayerCount)], options ?? new RouterFittingOptions(), cancellationToken);
    }

    /// <summary>Returns the fit whose cross-entropy over prompts that were left out is least, or over all prompts where there was no cross-validation; of equals the one of the lowest layer.</summary>
    /// <param name="fits">The fits, at least one.</param>
    public static RouterFit Best(IReadOnlyList<RouterFit> fits)
    {
        ArgumentNullException.ThrowIfNull(fits);
        return fits.OrderBy(fit => fit.HeldOutCrossEntropy ?? fit.CrossEntropy).ThenBy(fit => fit.Layer).First();
    }

    /// <summary>Fits a router to the states of each of some layers.</summary>
    internal static RouterFit[] FitLayers(RouterFeatures features, int[] layers, RouterFittingOptions options, CancellationToken cancellationToken)
    {
        foreach (int layer in layers)
        {
            CheckFinite(features, layer);
        }

        int[] parts = FittingFolds.Deal(features.Prompts, options.Folds, options.Seed);
        int heldOutCount = parts.Max() is > 0 and int last ? last + 1 : 0;
        int fitsOfLayer = 1 + heldOutCount;

        // Of each layer the fit to all prompts first, then those that leave a part out. They know nothing of each other, so that threads change no bit.
        (Router Router, MinimizerResult Result)[] fits = new (Router, MinimizerResult)[layers.Length * fitsOfLayer];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellationToken };
        Parallel.For(0, fits.Length, parallel, job => fits[job] = Fit(features, layers[job / fitsOfLayer], Without(parts, (job % fitsOfLayer) - 1), options, cancellationToken));
        return [.. layers.Select((layer, index) => Report(features, layer, parts, fits.AsSpan(index * fitsOfLayer, fitsOfLayer)))];
    }

    private static int[] Without(int[] parts, int part) => [.. Enumerable.Range(0, parts.Length).Where(prompt => parts[prompt] != part)];

    private static (Router Router, MinimizerResult Result) Fit(RouterFeatures features, int layer, int[] prompts, RouterFittingOptions options, CancellationToken cancellationToken)
    {
        FittingSamples samples = FittingSamples.Of(features, layer, prompts, options.Standardizes, centres: options.Kind is RouterKind.Mlp);
        FittingObjective objective = options.Kind is RouterKind.Mlp
            ? new MlpObjective(samples, options.InnerSize, options.Penalty, options.Seed)
            : new LinearObjective(samples, options.Penalty);
        MinimizerResult result = LimitedMemoryMinimizer.Minimize(objective, options.MaxIterations, options.Tolerance, cancellationToken);
        return (objective.ToRouter(result.Point), result);
    }

    private static RouterFit Report(RouterFeatures features, int layer, int[] parts, ReadOnlySpan<(Router Router, MinimizerResult Result)> fits)
    {
        (Router router, MinimizerResult result) = fits[0];
        RouterFitScore own = RouterFitScore.Of(router, features, layer, Without(parts, -1));
        RouterFitScore? heldOut = fits.Length > 1 ? new RouterFitScore() : null;
        for (int part = 0; part < fits.Length - 1; part++)
        {
            heldOut?.Add(RouterFitScore.Of(fits[part + 1].Router, features, layer, [.. Enumerable.Range(0, parts.Length).Where(prompt => parts[prompt] == part)]));
        }

        return new RouterFit
        {
            Layer = layer,
            Router = router,
            Accuracy = own.Accuracy,
            CrossEntropy = own.CrossEntropy,
            HeldOutAccuracy = heldOut?.Accuracy,
            HeldOutCrossEntropy = heldOut?.CrossEntropy,
            Iterations = result.Iterations,
            Gradient = result.Gradient,
            IsConverged = result.IsConverged,
        };
    }

    private static void CheckFinite(RouterFeatures features, int layer)
    {
        for (int prompt = 0; prompt < features.Prompts.Count; prompt++)
        {
            foreach (float value in features.State(prompt, layer))
            {
                if (!float.IsFinite(value))
                {
                    throw new RouterException(
                        RouterError.NotFinite, $"The hidden states of prompt {prompt} are NaN or infinite in layer {layer}: the model cannot run it.", features.Prompts[prompt].Expert, layer);
                }
            }
        }
    }
}
