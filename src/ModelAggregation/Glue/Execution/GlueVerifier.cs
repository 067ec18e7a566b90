using ModelAggregation.Evaluation;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;

namespace ModelAggregation.Glue.Execution;

/// <summary>Derives the scores of an output folder again, by the recipe given or else the one that its manifest has.</summary>
internal sealed class GlueVerifier(string folder, GlueRecipe? given, GlueServices services, IProgress<GlueProgress>? progress)
{
    private readonly List<GlueMismatch> _mismatches = [];
    private int _files;
    private int _scores;

    public async Task<GlueVerification> RunAsync(CancellationToken cancellationToken)
    {
        GlueManifest manifest = GlueFolder.ReadManifest(folder);
        string path = Path.Combine(folder, GlueManifest.FileName);
        GlueRecipe recorded = GlueRecipe.Parse(manifest.Recipe, path) with { Folder = Path.GetFullPath(manifest.RecipeFolder, folder) };

        // A recipe can name a program to run: one that came with a folder is not taken for the user's own.
        if (given is not null && !string.Equals(given.ToCanonicalYaml(), recorded.ToCanonicalYaml(), StringComparison.Ordinal))
        {
            throw new GlueException(GlueError.OutputInUse, $"'{path}' is of another recipe than the one given: verify with the recipe that made the folder, or run this one into another.", path);
        }

        PreparedGlue prepared = GluePlanner.Plan((given ?? recorded) with { Output = folder }, services, cancellationToken);
        CheckEvaluators(manifest, prepared.Evaluators);
        CheckInputs(manifest, prepared, cancellationToken);
        CheckOutputs(manifest, cancellationToken);
        if (File.Exists(Path.Combine(folder, ScoresFile.FileName)))
        {
            await CheckScoresAsync(prepared, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _mismatches.Add(new GlueMismatch(ScoresFile.FileName, "scores", "no file: the run has not come to its end"));
        }

        return new GlueVerification(_files, _scores, _mismatches);
    }

    private void CheckEvaluators(GlueManifest manifest, GlueEvaluators evaluators)
    {
        Check("the evaluator of the proxy set", manifest.Proxy, evaluators.Proxy.Id);
        Check("the evaluator of the hold-out", manifest.HoldOut, evaluators.HoldOut.Id);
    }

    private void CheckInputs(GlueManifest manifest, PreparedGlue prepared, CancellationToken cancellationToken)
    {
        ZooInputs inputs = ZooInputs.Of(prepared.Zoo.Resolver, manifest.Inputs.Select(input => input.Model), [], _ => { }, cancellationToken);
        foreach ((InputRecord recorded, InputRecord found) in manifest.Inputs.Zip(inputs.Records))
        {
            foreach (FileRecord file in recorded.Files)
            {
                _files++;
                Check($"{recorded.Model}/{file.Path}", file.Sha256, Array.Find(found.Files, other => string.Equals(other.Path, file.Path, StringComparison.Ordinal))?.Sha256 ?? "no file");
            }
        }
    }

    private void CheckOutputs(GlueManifest manifest, CancellationToken cancellationToken)
    {
        foreach (FileRecord output in manifest.Stages.SelectMany(stage => stage.Outputs))
        {
            _files++;
            string path = Path.Combine(folder, output.Path);
            Check(output.Path, output.Sha256, File.Exists(path) ? FileHash.Of(path, cancellationToken) : "no file");
        }
    }

    private async Task CheckScoresAsync(PreparedGlue prepared, CancellationToken cancellationToken)
    {
        ScoresFile scores = GlueJson.Read(Path.Combine(folder, ScoresFile.FileName), GlueJson.Default.ScoresFile);
        for (int index = 0; index < scores.Models.Length; index++)
        {
            ModelEntry entry = scores.Models[index];
            progress?.Report(new GlueProgress(GlueStage.Score, entry.Name, index, scores.Models.Length, _scores));
            await CheckAsync(prepared, entry, "proxy", entry.Proxy, prepared.Evaluators.Proxy, cancellationToken).ConfigureAwait(false);
            await CheckAsync(prepared, entry, "hold-out", entry.HoldOut, prepared.Evaluators.HoldOut, cancellationToken).ConfigureAwait(false);
        }
    }

    // From the folder where there is one, else from the recipe: as the score was taken.
    private async Task CheckAsync(PreparedGlue prepared, ModelEntry entry, string set, ScoreRecord[] recorded, IModelEvaluator evaluator, CancellationToken cancellationToken)
    {
        ScoreRecord[] found;
        try
        {
            EvaluationResult result;
            if (entry.Folder is { } relative)
            {
                result = await evaluator.EvaluateAsync(ModelCandidate.FromFolder(Path.Combine(folder, relative), entry.Name), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                using MergePlan plan = prepared.Merger.Plan(MergeRecipe.Parse(entry.Recipe ?? string.Empty, ScoresFile.FileName), cancellationToken);
                using MergedModel model = prepared.Merger.MergeInMemory(plan, GlueRecipes.Merge(prepared.Recipe), cancellationToken: cancellationToken);
                result = await evaluator.EvaluateAsync(ModelCandidate.FromTensors(entry.Name, model, plan.TokenizerFolder), cancellationToken).ConfigureAwait(false);
            }

            found = [.. result.Scores.Select(ScoreRecord.Of)];
        }
        catch (Exception error) when (error is EvaluationException or ModelTensors.ModelDataException)
        {
            _mismatches.Add(new GlueMismatch($"{entry.Name}, {set}", "scores", error.Message));
            return;
        }

        for (int task = 0; task < Math.Max(recorded.Length, found.Length); task++)
        {
            _scores++;
            ScoreRecord? before = recorded.ElementAtOrDefault(task);
            ScoreRecord? now = found.ElementAtOrDefault(task);
            if (before is null || now is null || !SameScores.Are(before, now))
            {
                _mismatches.Add(new GlueMismatch($"{entry.Name}, {set}, task {(before ?? now)!.Task}", Describe(before, now), Describe(now, before)));
            }
        }
    }

    private void Check(string subject, string recorded, string found)
    {
        if (!string.Equals(recorded, found, StringComparison.Ordinal))
        {
            _mismatches.Add(new GlueMismatch(subject, recorded, found));
        }
    }

    // Where the scores are equal, something else of them is not.
    private static string Describe(ScoreRecord? score, ScoreRecord? other) => score is null
        ? "no score"
        : other is not null && score.Value.Equals(other.Value)
            ? FormattableString.Invariant($"{score.Value:R} ± {score.StandardError:R} over {score.Count} examples, {score.Outcomes.Where((outcome, index) => !outcome.Equals(other.Outcomes.ElementAtOrDefault(index))).Count()} of which have other outcomes")
            : FormattableString.Invariant($"{score.Value:R}");
}
