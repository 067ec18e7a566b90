using ModelAggregation.Evaluation;

namespace ModelAggregation.Mixture.Routers;

/// <summary>Makes the first weights of a mixture's routers (mergekit-moe's <c>gate_mode</c>, which Model-GLUE takes over), or fits them to the experts' prompts.</summary>
/// <remarks>
/// <para>What an expert's row of a linear router is, for each layer, with h the state of a prompt there (prompts run one by one, without padding):</para>
/// <list type="bullet">
/// <item><see cref="GateMode.Hidden"/>: <c>v = mean over positive prompts of h(last token) − mean over negative prompts</c>, at the layer's input; <c>row = v / max(‖v‖₂, 1e-8)</c>.</item>
/// <item><see cref="GateMode.HiddenAverage"/>: the same of the mean of h over the prompt's tokens; mergekit has its padding take part, which is not repeated here.</item>
/// <item><see cref="GateMode.HiddenFeedForwardInput"/>: the same of h(last token) behind the norm of the feed-forward block, where routers of feed-forward blocks are applied.</item>
/// <item><see cref="GateMode.CheapEmbed"/>: <c>v = unit(sum of the embeddings of all tokens of the positive prompts) − unit(of the negative ones)</c>, <c>row = unit(v)</c>, in every layer.</item>
/// <item><see cref="GateMode.Random"/>: normal numbers of deviation 1. <see cref="GateMode.UniformRandom"/>: uniform ones in ±1/√hidden.</item>
/// <item><see cref="GateMode.Fitted"/>: <see cref="RouterFitting"/>, where each positive prompt is labelled with its expert.</item>
/// </list>
/// <para>A router of two layers is random or fitted: its weights are of deviation 1/√inputs, or uniform in ±1/√inputs, its biases zero.</para>
/// <para>Prompts, where a mode needs them, are read once. All arithmetic is in double, rounded to float at the end.</para>
/// </remarks>
public static class RouterInitializer
{
    private const double LeastNorm = 1e-8;

    /// <summary>Makes the routers of a mixture.</summary>
    /// <param name="recipe">The mixture.</param>
    /// <param name="layerCount">The number of layers of the dense model.</param>
    /// <param name="hiddenSize">The hidden size of the dense model.</param>
    /// <param name="source">The dense model's hidden states; may be null for the random modes. The caller disposes it.</param>
    /// <param name="fitting">The settings of <see cref="GateMode.Fitted"/>; the defaults when null. Kind, inner size and seed are the recipe's.</param>
    /// <param name="cancellationToken">Stops the reading or fitting.</param>
    /// <exception cref="RouterException">The prompts or the source are not what the mode needs.</exception>
    /// <exception cref="ArgumentException">The recipe has more dense layers than the model layers, or fewer than two experts.</exception>
    /// <exception cref="EvaluationException">The source cannot run a prompt.</exception>
    public static async ValueTask<RouterInitialization> InitializeAsync(
        MixtureRecipe recipe, int layerCount, int hiddenSize, IHiddenStateSource? source, RouterFittingOptions? fitting = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentOutOfRangeException.ThrowIfLessThan(layerCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(hiddenSize, 1);
        Check(recipe, layerCount, hiddenSize, source);
        fitting = (fitting ?? new RouterFittingOptions()) with { Kind = recipe.Router, InnerSize = recipe.RouterHiddenSize, Seed = recipe.Seed };
        int[] layers = [.. Enumerable.Range(recipe.DenseLayers, recipe.Level is MixtureLevel.Model ? 1 : layerCount - recipe.DenseLayers)];
        if (recipe.GateMode is GateMode.Random or GateMode.UniformRandom)
        {
            return new RouterInitialization([.. layers.Select(layer => Draw(recipe, hiddenSize, layer, fitting.InnerSize))], recipe.DenseLayers, []);
        }

        if (recipe.GateMode is GateMode.Fitted)
        {
            LabelledPrompt[] labelled = [.. recipe.Experts.SelectMany((expert, index) => expert.PositivePrompts.Select(prompt => new LabelledPrompt(prompt, index)))];
            RouterSite site = recipe.Level is MixtureLevel.FeedForward ? RouterSite.FeedForwardInput : RouterSite.LayerInput;
            RouterFeatures features = await RouterFeatures.ReadAsync(source!, labelled, recipe.Experts.Count, site, recipe.Pooling, cancellationToken).ConfigureAwait(false);
            RouterFit[] fits = RouterFitting.FitLayers(features, layers, fitting, cancellationToken);
            return new RouterInitialization([.. fits.Select(fit => fit.Router)], recipe.DenseLayers, fits);
        }

        (PromptStates[][] positive, PromptStates[][] negative) = await ReadAsync(recipe, source!, cancellationToken).ConfigureAwait(false);
        Router[] routers =
        [
            .. layers.Select(layer =>
            {
                float[][] rows = [.. positive.Select((own, expert) => Row(recipe.GateMode, own, negative[expert], layer, hiddenSize, expert))];
                return new LinearRouter(rows.Length, hiddenSize, [.. rows.SelectMany(row => row)]);
            }),
        ];
        return new RouterInitialization(routers, recipe.DenseLayers, []);
    }

    private static void Check(MixtureRecipe recipe, int layerCount, int hiddenSize, IHiddenStateSource? source)
    {
        int most = recipe.Level is MixtureLevel.Model ? layerCount - 1 : layerCount;
        if (recipe.DenseLayers > most)
        {
            throw new ArgumentException($"The recipe has {recipe.DenseLayers} dense layers; a model of {layerCount} layers has at most {most} at this level.", nameof(recipe));
        }

        if (recipe.Experts.Count < 2)
        {
            throw new ArgumentException($"The recipe has {recipe.Experts.Count} experts; a mixture has two or more.", nameof(recipe));
        }

        if (recipe.GateMode is GateMode.Random or GateMode.UniformRandom)
        {
            return;
        }

        if (recipe.Router is RouterKind.Mlp && recipe.GateMode is not GateMode.Fitted)
        {
            throw new RouterException(RouterError.Unsupported, $"A router of two layers has no weights of the mode {recipe.GateMode}: it is {GateMode.Fitted}, {GateMode.Random} or {GateMode.UniformRandom}.");
        }

        if (source is null)
        {
            throw new RouterException(RouterError.SourceMissing, $"Routers of the mode {recipe.GateMode} come of the dense model's hidden states: give a source of them.");
        }

        if (source.LayerCount != layerCount || source.HiddenSize != hiddenSize)
        {
            throw new RouterException(
                RouterError.SourceDiffers, $"The hidden states are of a model of {source.LayerCount} layers and hidden size {source.HiddenSize}, the mixture's dense model has {layerCount} and {hiddenSize}: read those of the dense model.");
        }

        CheckPrompts(recipe.Experts);
    }

    private static void CheckPrompts(IReadOnlyList<MixtureExpert> experts)
    {
        for (int expert = 0; expert < experts.Count; expert++)
        {
            if (experts[expert].PositivePrompts.Count == 0)
            {
                throw new RouterException(RouterError.PromptsMissing, $"Expert {expert}, '{experts[expert].Model}', has no positive prompts, of which its weights in the routers are made.", expert);
            }

            if (experts[expert].PositivePrompts.SequenceEqual(experts[expert].NegativePrompts, StringComparer.Ordinal))
            {
                throw new RouterException(RouterError.PromptsIdentical, $"The negative prompts of expert {expert}, '{experts[expert].Model}', are its positive ones: nothing would be left of them.", expert);
            }
        }

        if (experts.Skip(1).All(expert => Same(expert, experts[0])))
        {
            throw new RouterException(RouterError.PromptsIdentical, "All experts have the same prompts: the routers could not tell them apart.");
        }
    }

    private static bool Same(MixtureExpert first, MixtureExpert second) =>
        first.PositivePrompts.SequenceEqual(second.PositivePrompts, StringComparer.Ordinal) && first.NegativePrompts.SequenceEqual(second.NegativePrompts, StringComparer.Ordinal);

    private static Router Draw(MixtureRecipe recipe, int hiddenSize, int layer, int innerSize)
    {
        int experts = recipe.Experts.Count;
        if (recipe.Router is RouterKind.Linear)
        {
            int count = checked(experts * hiddenSize);
            return new LinearRouter(experts, hiddenSize, recipe.GateMode is GateMode.Random
                ? RouterRandom.Normals(recipe.Seed, $"layer {layer}", count)
                : RouterRandom.Uniforms(recipe.Seed, $"layer {layer}", count, 1 / Math.Sqrt(hiddenSize)));
        }

        return new MlpRouter(
            experts, hiddenSize, innerSize, Weights("0.weight", innerSize, hiddenSize), new float[innerSize], Weights("2.weight", experts, innerSize), new float[experts]);

        float[] Weights(string name, int rows, int columns) => recipe.GateMode is GateMode.Random
            ? RouterRandom.Normals(recipe.Seed, $"layer {layer} {name}", checked(rows * columns), 1 / Math.Sqrt(columns))
            : RouterRandom.Uniforms(recipe.Seed, $"layer {layer} {name}", checked(rows * columns), 1 / Math.Sqrt(columns));
    }

    private static async ValueTask<(PromptStates[][] Positive, PromptStates[][] Negative)> ReadAsync(MixtureRecipe recipe, IHiddenStateSource source, CancellationToken cancellationToken)
    {
        // What is one expert's prompt is often another's negative one: each is run once.
        string[] prompts = [.. recipe.Experts.SelectMany(expert => expert.PositivePrompts.Concat(expert.NegativePrompts)).Distinct(StringComparer.Ordinal)];
        IReadOnlyList<PromptStates> states = await source.ReadAsync(prompts, cancellationToken).ConfigureAwait(false);
        RouterFeatures.CheckStates(source, states, prompts.Length);
        Dictionary<string, PromptStates> byPrompt = new(StringComparer.Ordinal);
        for (int i = 0; i < prompts.Length; i++)
        {
            byPrompt.Add(prompts[i], states[i]);
        }

        return ([.. recipe.Experts.Select(expert => Of(expert.PositivePrompts))], [.. recipe.Experts.Select(expert => Of(expert.NegativePrompts))]);

        PromptStates[] Of(IReadOnlyList<string> own) => [.. own.Select(prompt => byPrompt[prompt])];
    }

    private static float[] Row(GateMode mode, PromptStates[] positive, PromptStates[] negative, int layer, int hiddenSize, int expert)
    {
        double[] row = mode is GateMode.CheapEmbed ? Unit(Sum(mode, positive, layer, hiddenSize)) : Mean(Sum(mode, positive, layer, hiddenSize), positive.Length);
        if (negative.Length > 0)
        {
            double[] other = mode is GateMode.CheapEmbed ? Unit(Sum(mode, negative, layer, hiddenSize)) : Mean(Sum(mode, negative, layer, hiddenSize), negative.Length);
            for (int i = 0; i < row.Length; i++)
            {
                row[i] -= other[i];
            }
        }

        float[] rounded = Array.ConvertAll(Unit(row), weight => (float)weight);
        return Array.TrueForAll(rounded, float.IsFinite)
            ? rounded
            : throw new RouterException(RouterError.NotFinite, $"The hidden states of the prompts of expert {expert} are NaN or infinite in layer {layer}: the dense model cannot run them.", expert, layer);
    }

    private static double[] Sum(GateMode mode, PromptStates[] prompts, int layer, int hiddenSize)
    {
        double[] sum = new double[hiddenSize];
        foreach (PromptStates prompt in prompts)
        {
            ReadOnlySpan<float> state = mode switch
            {
                GateMode.Hidden => prompt.Last(layer),
                GateMode.HiddenAverage => prompt.Mean(layer),
                GateMode.HiddenFeedForwardInput when prompt.HasFeedForwardInputs => prompt.FeedForwardLast(layer),
                GateMode.HiddenFeedForwardInput => throw RouterFeatures.FeedForwardMissing(),
                GateMode.CheapEmbed => prompt.EmbeddingSum,
                _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "There is no such mode."),
            };
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += state[i];
            }
        }

        return sum;
    }

    private static double[] Mean(double[] sum, int count) => Array.ConvertAll(sum, value => value / count);

    private static double[] Unit(double[] vector)
    {
        double square = 0;
        foreach (double value in vector)
        {
            square = Math.FusedMultiplyAdd(value, value, square);
        }

        double norm = Math.Max(Math.Sqrt(square), LeastNorm);
        return Array.ConvertAll(vector, value => value / norm);
    }
}
