using Microsoft.Extensions.Logging;
using ModelAggregation.Evaluation;
using ModelAggregation.Glue.Recipes;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Glue.Execution;

/// <summary>Mixes the models of a family around its best one.</summary>
internal sealed class FamilyMixer(GlueMixture mixture, FamilyOutcome family, string name, GlueRecipe recipe, GlueServices services, IModelResolver resolver)
{
    private readonly string _level = GlueWords.Word(mixture.Level);

    // A router of two layers has no other first weights that tell experts apart.
    private readonly GateMode _gate = mixture.Router is RouterKind.Mlp && mixture.GateMode is not (GateMode.Random or GateMode.UniformRandom) ? GateMode.Fitted : mixture.GateMode;

    private bool UsesPrompts => _gate is not (GateMode.Random or GateMode.UniformRandom);

    /// <summary>Makes the mixture, or says why it cannot be made.</summary>
    public async Task<MixtureFile> RunAsync(
        string[] models, RouterLabels labels, GlueFolder folder, string output, IProgress<MixtureProgress> progress, CancellationToken cancellationToken)
    {
        int[] used = [.. Enumerable.Range(0, models.Length).Where(expert => !UsesPrompts || labels.TasksOf(expert).Length > 0)];
        if (used.Length < 2)
        {
            return None($"of the {models.Length} models that the searches kept, {used.Length} are best at a task: a router would have nothing to choose");
        }

        // By its name in the output, so that nothing depends on where that lies.
        string dense = family.IsWritten ? family.Relative : family.File.Winner;
        MixtureRecipe own = new()
        {
            Level = mixture.Level switch { GlueMixtureLevel.FeedForward => MixtureLevel.FeedForward, GlueMixtureLevel.Block => MixtureLevel.Block, _ => MixtureLevel.Model },
            DenseModel = dense,
            Experts = [.. used.Select(expert => new MixtureExpert(models[expert]) { PositivePrompts = UsesPrompts ? labels.PromptsOf(expert) : [] })],
            DenseLayers = mixture.DenseLayers,
            ExpertsPerToken = mixture.ExpertsPerToken,
            GateMode = _gate,
            Router = mixture.Router,
            Input = mixture.Input,
            Pooling = mixture.Pooling,
            OutputDataType = recipe.OutputDataType,
            Seed = recipe.Seed,
        };
        ExpertEntry[] experts = [.. used.Select(expert => new ExpertEntry(models[expert], labels.TasksOf(expert)))];
        try
        {
            return await MakeAsync(own, experts, labels, folder, output, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is MixtureException or RouterException)
        {
            return None(error.Message);
        }
    }

    private async Task<MixtureFile> MakeAsync(
        MixtureRecipe own, ExpertEntry[] experts, RouterLabels labels, GlueFolder folder, string output, IProgress<MixtureProgress> progress, CancellationToken cancellationToken)
    {
        MixtureBuilder builder = new(new GlueResolver(own.DenseModel, family.Folder, resolver), services.Logging.CreateLogger<MixtureBuilder>(), services.Time);
        using MixturePlan plan = builder.Plan(own, cancellationToken);
        IHiddenStateSource? source = UsesPrompts ? await services.HiddenStates!.OpenAsync(ModelCandidate.FromFolder(family.Folder), cancellationToken).ConfigureAwait(false) : null;
        try
        {
            RouterInitialization routers = await RouterInitializer.InitializeAsync(own, plan.LayerCount, plan.HiddenSize, source, null, cancellationToken).ConfigureAwait(false);
            RouterSite site = own.Level is MixtureLevel.FeedForward ? RouterSite.FeedForwardInput : RouterSite.LayerInput;
            RoutingEntry? routing = source is null || routers.Routers.Count == 0
                ? null
                : await PromptRouting.ReadAsync(source, routers.Routers[0], own.DenseLayers, site, own.Pooling, plan.ExpertsPerToken, labels.Prompts, cancellationToken).ConfigureAwait(false);
            builder.Write(plan, routers.Routers, folder[output], new MixtureOptions { Threads = recipe.Threads, Overwrite = true }, progress, cancellationToken);

            // The rows of a fitted router add up to nothing, so that one always depends on the others: how well it was fitted says what they are worth.
            string[] warnings = [.. plan.Warnings, .. routers.Fits.Count > 0 ? [] : routers.Diagnostics.Warnings];
            return new MixtureFile(name, _level, family.File.Family, output, null, experts, warnings, [.. routers.Fits.Select(FitEntry.Of)], routing);
        }
        finally
        {
            if (source is not null)
            {
                await source.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private MixtureFile None(string reason) => MixtureFile.None(name, _level, family.File.Family, $"The mixture '{name}' was not made: {reason}");
}
