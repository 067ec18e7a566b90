using ModelAggregation.Evaluation;
using ModelAggregation.Glue.Recipes;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelAggregation.Mixture.Text;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Glue.Execution;

/// <summary>Puts the best models of families, as wholes, behind a router of texts.</summary>
internal sealed class TextMixer(GlueMixture mixture, string name, GlueRecipe recipe, GlueServices services)
{
    private readonly string _level = GlueWords.Word(mixture.Level);

    /// <summary>Makes the mixture, or says why it cannot be made.</summary>
    public async Task<MixtureFile> RunAsync(IReadOnlyList<FamilyOutcome> families, RouterLabels labels, GlueFolder folder, string output, CancellationToken cancellationToken)
    {
        if (families.Count < 2)
        {
            return None("there is one family, and nothing to choose from");
        }

        if (!labels.Any)
        {
            return None("no family is better at any task than the others: a router has nothing to learn");
        }

        // The first family's model reads all texts, also those that others answer.
        FamilyOutcome reader = families[0];
        IHiddenStateSource source = await services.HiddenStates!.OpenAsync(ModelCandidate.FromFolder(reader.Folder), cancellationToken).ConfigureAwait(false);
        try
        {
            (TextRouterSettings settings, FitEntry[] fits) = await FitAsync(source, reader.Folder, families.Count, labels, cancellationToken).ConfigureAwait(false);
            RoutingEntry routing = await PromptRouting.ReadAsync(source, settings.Router, settings.Layer, RouterSite.LayerInput, settings.Pooling, 1, labels.Prompts, cancellationToken).ConfigureAwait(false);
            RoutedModelFolder.Save(
                new RoutedModel
                {
                    Experts = [.. families.Select((family, index) => new RoutedModelExpert(family.File.Family, family.Folder) { Labels = labels.TasksOf(index) })],
                    Router = settings,
                    Provenance = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["made with"] = $"ModelAggregation {LibraryVersions.Own}", ["seed"] = $"{recipe.Seed}", ["settings"] = GlueWriter.Write(mixture) },
                },
                folder[output],
                cancellationToken);

            // Of a fitted router, how well it was fitted says what its rows are worth.
            IReadOnlyList<string> warnings = fits.Length > 0 ? [] : RouterDiagnostics.Of([settings.Router], settings.Layer).Warnings;
            return new MixtureFile(name, _level, null, output, null, [.. families.Select((family, index) => new ExpertEntry(family.File.Family, labels.TasksOf(index)))], [.. warnings], fits, routing);
        }
        catch (RouterException error)
        {
            return None(error.Message);
        }
        finally
        {
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<(TextRouterSettings Settings, FitEntry[] Fits)> FitAsync(IHiddenStateSource source, string reader, int experts, RouterLabels labels, CancellationToken cancellationToken)
    {
        LabelledPrompt[] prompts = [.. Enumerable.Range(0, experts).SelectMany(expert => labels.PromptsOf(expert).Select(prompt => new LabelledPrompt(prompt, expert)))];
        RouterFittingOptions options = new() { Kind = mixture.Router, Seed = recipe.Seed };
        int layer = mixture.RouterLayer ?? source.LayerCount / 2;
        if (mixture.GateMode is not GateMode.Fitted && mixture.Router is RouterKind.Linear)
        {
            return (Settings(reader, layer, mixture.GateMode is GateMode.Hidden ? RouterPooling.Last : RouterPooling.Mean, await RowsAsync(source, layer, experts, labels, cancellationToken).ConfigureAwait(false)), []);
        }

        RouterPooling pooling = mixture.Pooling is RouterPooling.First ? RouterPooling.Mean : mixture.Pooling;
        if (mixture.RouterLayer is not null)
        {
            RouterFeatures features = await RouterFeatures.ReadAsync(source, prompts, experts, RouterSite.LayerInput, pooling, cancellationToken).ConfigureAwait(false);
            RouterFit fit = RouterFitting.Fit(features, layer, options, cancellationToken);
            return (Settings(reader, layer, pooling, fit.Router), [FitEntry.Of(fit)]);
        }

        TextRouterFit best = await TextRouterFit.FitAsync(source, reader, prompts, experts, pooling, null, options, cancellationToken).ConfigureAwait(false);
        return (best.Settings, [.. best.Layers.Select(FitEntry.Of)]);
    }

    // The rows that a mixture's router at this layer would have.
    private async Task<Router> RowsAsync(IHiddenStateSource source, int layer, int experts, RouterLabels labels, CancellationToken cancellationToken)
    {
        MixtureRecipe rows = new()
        {
            Level = MixtureLevel.Model,
            DenseModel = name,
            Experts = [.. Enumerable.Range(0, experts).Select(expert => new MixtureExpert($"{expert}") { PositivePrompts = labels.PromptsOf(expert) })],
            DenseLayers = layer,
            GateMode = mixture.GateMode,
            Seed = recipe.Seed,
        };
        return (await RouterInitializer.InitializeAsync(rows, source.LayerCount, source.HiddenSize, source, null, cancellationToken).ConfigureAwait(false)).Routers[0];
    }

    private static TextRouterSettings Settings(string reader, int layer, RouterPooling pooling, Router router) => new() { Model = reader, Layer = layer, Pooling = pooling, Router = router };

    private MixtureFile None(string reason) => MixtureFile.None(name, _level, null, $"The mixture '{name}' was not made: {reason}");
}
