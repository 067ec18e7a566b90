using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Mixture.Planning;

/// <summary>The rules of a recipe that are known without its models.</summary>
internal static class RecipeCheck
{
    private const int FewestExperts = 2;

    public static void Run(MixtureRecipe recipe, MixtureFindings findings)
    {
        int experts = recipe.Experts.Count;
        if (experts < FewestExperts)
        {
            findings.Add(MixtureProblemKind.RecipeShape, $"A mixture has at least {FewestExperts} experts; this one has {experts}.");
        }

        if (recipe.Experts.Select(expert => expert.Model).Append(recipe.DenseModel).Any(string.IsNullOrWhiteSpace))
        {
            findings.Add(MixtureProblemKind.RecipeShape, "A model's reference is empty.");
        }

        if (experts > 0 && recipe.Chosen > experts)
        {
            findings.Add(MixtureProblemKind.ExpertsPerToken, $"'experts_per_token' is {recipe.Chosen}; there are {experts} experts. Allowed is 1 to {experts}.");
        }

        if (recipe.Level != MixtureLevel.FeedForward)
        {
            if (recipe.Decides == RouterInput.Token)
            {
                findings.Add(MixtureProblemKind.RecipeShape, "'input: token' is of mixtures of feed-forward blocks; where whole layers are mixed, routers decide for whole sequences ('input: sample').");
            }

            if (recipe.Layout == MixtureLayout.Packed)
            {
                findings.Add(MixtureProblemKind.RecipeShape, "'layout: packed' is of mixtures of feed-forward blocks; whole layers are stored tensor by tensor ('layout: classic').");
            }
        }

        if (recipe.OutputDataType is { } type && !DataTypeWords.IsUsable(type))
        {
            findings.Add(MixtureProblemKind.DataType, $"'dtype': {DataTypeWords.TryParse(DataTypeWords.Word(type), out _)}");
        }

        CheckRouters(recipe, findings);
        CheckExperts(recipe, findings);
    }

    // What the making of the routers would refuse, or make badly, after the models have been opened and prompts been run.
    private static void CheckRouters(MixtureRecipe recipe, MixtureFindings findings)
    {
        if (recipe.GateMode is GateMode.Random or GateMode.UniformRandom)
        {
            return;
        }

        // Without prompts no routers are made, but the caller may have some.
        string mode = MixtureWords.Word(MixtureWords.GateModes, recipe.GateMode);
        if (recipe.Experts.All(expert => expert.PositivePrompts.Count == 0))
        {
            findings.Warn($"No expert has 'positive_prompts', of which 'gate_mode: {mode}' makes routers: the mixture is for routers of your own.");
            return;
        }

        if (recipe.Router == RouterKind.Mlp && recipe.GateMode != GateMode.Fitted)
        {
            findings.Add(MixtureProblemKind.RecipeShape, $"'gate_mode: {mode}' makes one row for each expert, and 'router: mlp' has two layers: allowed are 'fitted', 'random' and 'uniform_random'.");
        }

        if (recipe is { GateMode: GateMode.Fitted, Pooling: RouterPooling.First })
        {
            findings.Add(
                MixtureProblemKind.RecipeShape, "'gate_mode: fitted' with 'pooling: first': in a causal model the first token's state is the same for every prompt that begins alike. Allowed are 'mean' and 'last'.");
        }

        RouterPooling? own = recipe.GateMode switch
        {
            GateMode.Hidden or GateMode.HiddenFeedForwardInput => RouterPooling.Last,
            GateMode.HiddenAverage => RouterPooling.Mean,
            _ => null,
        };
        if (recipe.Decides == RouterInput.Sample && own is { } pooling && pooling != recipe.Pooling)
        {
            findings.Warn(
                $"'gate_mode: {mode}' makes routers of states pooled by '{RecipeWords.Word(pooling)}', and the mixture routes by 'pooling: {RecipeWords.Word(recipe.Pooling)}': say 'pooling: {RecipeWords.Word(pooling)}', or take another mode.");
        }

        for (int expert = 0; expert < recipe.Experts.Count; expert++)
        {
            if (recipe.Experts[expert].PositivePrompts.Count == 0)
            {
                string model = recipe.Experts[expert].Model;
                findings.Add(
                    MixtureProblemKind.RecipeShape,
                    $"Expert {expert}, '{model}', has no 'positive_prompts', of which 'gate_mode: {mode}' makes its weights in the routers, and others have some: give it some, or 'gate_mode: random'.",
                    model);
            }
        }
    }

    private static void CheckExperts(MixtureRecipe recipe, MixtureFindings findings)
    {
        if (recipe.Experts.Count < FewestExperts)
        {
            return;
        }

        MixtureExpert first = recipe.Experts[0];
        bool usesPrompts = recipe.GateMode is not (GateMode.Random or GateMode.UniformRandom or GateMode.Fitted);
        if (usesPrompts
            && first.PositivePrompts.Count + first.NegativePrompts.Count > 0
            && recipe.Experts.All(expert => expert.PositivePrompts.SequenceEqual(first.PositivePrompts, StringComparer.Ordinal) && expert.NegativePrompts.SequenceEqual(first.NegativePrompts, StringComparer.Ordinal)))
        {
            findings.Add(MixtureProblemKind.RecipeShape, "All experts have the same prompts, which makes all rows of a router equal: give each what it is to be sent.");
        }

        if (recipe.Experts.All(expert => string.Equals(expert.Model, first.Model, StringComparison.Ordinal)))
        {
            findings.Warn($"All experts are model '{first.Model}': without further training the mixture computes what it does.");
        }
    }
}
