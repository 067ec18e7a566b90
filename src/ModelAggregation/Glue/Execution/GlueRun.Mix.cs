using ModelAggregation.Evaluation;
using ModelAggregation.Glue.Recipes;
using ModelAggregation.Mixture;

namespace ModelAggregation.Glue.Execution;

/// <content>Mixtures.</content>
internal sealed partial class GlueRun
{
    private const string MixtureFolder = "mixture";

    private async Task<IReadOnlyList<MixtureOutcome>> MixAsync(GlueFolder folder, ZooInputs inputs, IReadOnlyList<FamilyOutcome> families, CancellationToken cancellationToken)
    {
        (GlueMixture Mixture, FamilyOutcome? Family)[] all = [.. Mixtures(families)];
        List<MixtureOutcome> mixtures = [];
        foreach (((GlueMixture mixture, FamilyOutcome? family), string name) in all.Zip(MixtureName.Of([.. all.Select(item => (item.Mixture, item.Family?.File.Family))])))
        {
            mixtures.Add(family is null
                ? await MixAsync(folder, mixture, name, families, cancellationToken).ConfigureAwait(false)
                : await MixAsync(folder, inputs, mixture, name, family, cancellationToken).ConfigureAwait(false));
        }

        foreach (MixtureOutcome mixture in mixtures.Where(mixture => !mixture.IsMade))
        {
            Note(mixture.File.Note!);
        }

        return [.. mixtures.Where(mixture => mixture.IsMade)];
    }

    private IEnumerable<(GlueMixture Mixture, FamilyOutcome? Family)> Mixtures(IReadOnlyList<FamilyOutcome> families)
    {
        foreach (GlueMixture mixture in Recipe.Mixtures)
        {
            if (mixture.Level is GlueMixtureLevel.Text)
            {
                yield return (mixture, null);
                continue;
            }

            foreach (FamilyOutcome family in families.Where(family => family.File.Models.Length > 1))
            {
                yield return (mixture, family);
            }
        }
    }

    // Within a family: around its best model, of the models that its searches kept.
    private async Task<MixtureOutcome> MixAsync(GlueFolder folder, ZooInputs inputs, GlueMixture mixture, string name, FamilyOutcome family, CancellationToken cancellationToken)
    {
        ScoredEntry[] experts = [.. family.File.Singles.Where(single => single.Scores is not null && family.File.Kept.Contains(single.Name, StringComparer.Ordinal))];
        RouterLabels labels = RouterLabels.Of(_prepared.Evaluators.Prompts, _proxy.Tasks, [.. experts.Select(expert => expert.Scores!)]);
        using Fingerprint hash = MixtureInputs(mixture, labels, experts.Length).Add(family.Content).Add([.. experts.SelectMany(expert => new[] { expert.Name, inputs[expert.Name] })]);
        return await MixAsync(folder, name, hash.Finish("stage"), MakeAsync, cancellationToken).ConfigureAwait(false);

        Task<MixtureFile> MakeAsync() => new FamilyMixer(mixture, family, name, Recipe, _services, _prepared.Zoo.Resolver)
            .RunAsync([.. experts.Select(expert => expert.Name)], labels, folder, $"{MixtureFolder}/{name}", new RelayedProgress<MixtureProgress>(value => Report(GlueStage.Mix, name, value.TensorsDone, value.TensorCount)), cancellationToken);
    }

    // Of families: their best models as wholes.
    private async Task<MixtureOutcome> MixAsync(GlueFolder folder, GlueMixture mixture, string name, IReadOnlyList<FamilyOutcome> families, CancellationToken cancellationToken)
    {
        RouterLabels labels = RouterLabels.Of(_prepared.Evaluators.Prompts, _proxy.Tasks, [.. families.Select(family => family.File.Best().Scores!)]);
        using Fingerprint hash = MixtureInputs(mixture, labels, families.Count).Add([.. families.SelectMany(family => new[] { family.File.Family, family.Content, family.IsWritten ? family.Relative : family.Folder })]);
        return await MixAsync(folder, name, hash.Finish("stage"), MakeAsync, cancellationToken).ConfigureAwait(false);

        Task<MixtureFile> MakeAsync() => new TextMixer(mixture, name, Recipe, _services).RunAsync(families, labels, folder, $"{MixtureFolder}/{name}", cancellationToken);
    }

    private async Task<MixtureOutcome> MixAsync(GlueFolder folder, string name, string inputs, Func<Task<MixtureFile>> makeAsync, CancellationToken cancellationToken)
    {
        string file = $"mixture-{name}.json";
        StageRecord stage = await folder.RunAsync($"mix {name}", inputs, WorkAsync, cancellationToken).ConfigureAwait(false);

        // Whole models are referred to: what they hold is in no file of the mixture.
        return new MixtureOutcome(GlueJson.Read(folder[file], GlueJson.Default.MixtureFile), Fingerprint.Key(stage.Inputs, Content(stage)));

        async Task<IReadOnlyList<string>> WorkAsync()
        {
            GlueLog.Stage(_logger, $"mix {name}");
            Report(GlueStage.Mix, name);
            Directory.CreateDirectory(folder[MixtureFolder]);
            MixtureFile made = await makeAsync().ConfigureAwait(false);
            GlueJson.Write(folder[file], made, GlueJson.Default.MixtureFile);
            return made.Folder is { } output ? [file, output] : [file];
        }
    }

    private Fingerprint MixtureInputs(GlueMixture mixture, RouterLabels labels, int experts)
    {
        Fingerprint hash = Inputs("mix").Add(GlueWriter.Write(mixture)).Add((long)Recipe.Seed).Add(Recipe.OutputDataType is { } type ? (long)type : -1).Add(_services.HiddenStates?.Id ?? string.Empty);
        foreach (GluePrompts prompts in labels.Prompts)
        {
            hash.Add(prompts.Task).Add(prompts.Texts);
        }

        for (int expert = 0; expert < experts; expert++)
        {
            hash.Add(labels.TasksOf(expert));
        }

        return hash;
    }
}
