using ModelAggregation.Mixture;
using ModelAggregation.Zoo;

namespace ModelAggregation.Glue.Execution;

/// <content>Mixtures.</content>
internal sealed partial class GluePlanner
{
    private void CheckMixtures(GlueEvaluators? evaluators, ModelZoo? zoo)
    {
        if (evaluators is not null)
        {
            string[] tasks = [.. evaluators.Proxy.Tasks.Select(task => task.Name)];
            foreach (GluePrompts prompts in _recipe.Prompts)
            {
                if (!tasks.Contains(prompts.Task, StringComparer.Ordinal))
                {
                    _problems.Add($"'prompts' has a task '{prompts.Task}', which models are not selected by: there are {string.Join(", ", tasks.Select(task => $"'{task}'"))}.");
                }
            }
        }

        foreach (GlueMixture mixture in _recipe.Mixtures)
        {
            string name = MixtureName.Of(mixture);
            if (NeedsPrompts(mixture))
            {
                if (_services.HiddenStates is null)
                {
                    _problems.Add($"Mixture '{name}': its routers are made of hidden states, which this host does not read ({nameof(GlueServices)}.{nameof(GlueServices.HiddenStates)}).");
                }

                if (evaluators is { Prompts.Count: 0 })
                {
                    _problems.Add($"Mixture '{name}': its routers are made of prompts, and the evaluation tells none: give 'prompts'.");
                }
            }

            if (mixture is { Pooling: RouterPooling.First, GateMode: GateMode.Fitted } or { Pooling: RouterPooling.First, Router: RouterKind.Mlp })
            {
                _problems.Add($"Mixture '{name}': no router can be fitted to the first token's states, which are the same for most prompts: pool by mean or last.");
            }

            if (mixture.Level is GlueMixtureLevel.Text)
            {
                CheckText(mixture, name, zoo);
            }
            else if (mixture.Input is RouterInput.Token && mixture.Level is not GlueMixtureLevel.FeedForward)
            {
                _problems.Add($"Mixture '{name}': routers decide for single tokens at feed-forward level only.");
            }

            CheckDepth(mixture, name, zoo);
        }
    }

    private static bool NeedsPrompts(GlueMixture mixture) =>
        mixture.Level is GlueMixtureLevel.Text || mixture.Router is RouterKind.Mlp || mixture.GateMode is not (GateMode.Random or GateMode.UniformRandom);

    private void CheckText(GlueMixture mixture, string name, ModelZoo? zoo)
    {
        if (mixture.DenseLayers > 0 || mixture.ExpertsPerToken is > 1 || mixture.Input is RouterInput.Token)
        {
            _problems.Add($"Mixture '{name}': at text level whole models answer, one for a text; there are no dense layers, other numbers of experts or decisions for tokens.");
        }

        if (mixture.GateMode is not (GateMode.Fitted or GateMode.Hidden or GateMode.HiddenAverage))
        {
            _problems.Add($"Mixture '{name}': at text level, 'gate_mode' is fitted, hidden or hidden_avg.");
        }

        // The first family is that of the first model, and all of a family are as deep.
        if (mixture.RouterLayer is { } layer && zoo?.Models[0].Config?.LayerCount is { } layers && layer >= layers)
        {
            _problems.Add($"Mixture '{name}': 'router_layer' is {layer}; the model that reads the texts is of the family of '{zoo.Models[0].Name}', which has the layers 0 to {layers - 1}.");
        }

        if (_recipe.Evaluation?.Process is not null)
        {
            _problems.Add($"Mixture '{name}': a process loads one model from a folder, and at text level there are several: mix within families, or evaluate by built-in tasks.");
        }
    }

    private void CheckDepth(GlueMixture mixture, string name, ModelZoo? zoo)
    {
        if (mixture.Level is GlueMixtureLevel.Text || zoo is null)
        {
            return;
        }

        // At model level the router stands before the first mixed layer: there has to be one.
        int most = zoo.Models.Max(model => model.Config?.LayerCount ?? int.MaxValue) - (mixture.Level is GlueMixtureLevel.Model ? 1 : 0);
        if (mixture.DenseLayers > most)
        {
            _problems.Add($"Mixture '{name}': {mixture.DenseLayers} layers are dense; of the zoo's models at most {most} can be.");
        }
    }
}
