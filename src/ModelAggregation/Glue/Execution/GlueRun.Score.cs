using ModelAggregation.Evaluation;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;

namespace ModelAggregation.Glue.Execution;

/// <content>Scores on both sets.</content>
internal sealed partial class GlueRun
{
    private const string ProxyCsv = "model_acc.csv";
    private const string HoldOutCsv = "model_acc-hold_out.csv";

    private async Task<ScoresFile> ScoreAsync(GlueFolder folder, IReadOnlyList<FamilyOutcome> families, IReadOnlyList<MixtureOutcome> mixtures, CancellationToken cancellationToken)
    {
        using Fingerprint hash = Inputs("score").Add(_proxy.Id).Add(_holdOut.Id);
        foreach (FamilyOutcome family in families)
        {
            // Models that no merge kept are scored too: all that the search was made of counts.
            hash.Add(family.File.Family).Add(family.Searched).Add(family.Content).Add(family.IsWritten ? 1L : 0L).Add([.. family.File.All().Where(entry => entry.Scores is not null).SelectMany(entry => new[] { entry.Name, entry.Hash })]);
        }

        foreach (MixtureOutcome mixture in mixtures)
        {
            hash.Add(mixture.File.Name).Add(mixture.Content);
        }

        await folder.RunAsync("score", hash.Finish("stage"), WorkAsync, cancellationToken).ConfigureAwait(false);
        return GlueJson.Read(folder[ScoresFile.FileName], GlueJson.Default.ScoresFile);

        async Task<IReadOnlyList<string>> WorkAsync()
        {
            GlueLog.Stage(_logger, "score");
            ModelEntry[] models = await ScoreAllAsync(folder, families, mixtures, cancellationToken).ConfigureAwait(false);
            ScoreTable.Of([.. models.Select(model => ScoredModels.Result(model.Name, model.Proxy, _proxy, ScoresFile.FileName))]).Write(folder[ProxyCsv]);
            ScoreTable.Of([.. models.Select(model => ScoredModels.Result(model.Name, model.HoldOut, _holdOut, ScoresFile.FileName))]).Write(folder[HoldOutCsv]);
            GlueJson.Write(folder[ScoresFile.FileName], new ScoresFile(_proxy.Id, _holdOut.Id, models), GlueJson.Default.ScoresFile);
            return [ScoresFile.FileName, ProxyCsv, HoldOutCsv];
        }
    }

    private async Task<ModelEntry[]> ScoreAllAsync(GlueFolder folder, IReadOnlyList<FamilyOutcome> families, IReadOnlyList<MixtureOutcome> mixtures, CancellationToken cancellationToken)
    {
        using FolderScorer folders = new(folder["scores.journal"], _proxy, _holdOut);
        using MergeScorer merges = new(_holdOut, _prepared.Merger, new SearchOptions { Failures = FailurePolicy.Stop, JournalPath = folder["hold-out.journal"], Merge = GlueRecipes.Merge(Recipe) });
        List<Func<CancellationToken, Task<ModelEntry>>> work = [];
        foreach (FamilyOutcome family in families)
        {
            work.AddRange(family.File.All().Where(entry => entry.Scores is not null).Select(entry => (Func<CancellationToken, Task<ModelEntry>>)(token => ScoreAsync(merges, family.File, entry, token))));
            if (family.IsWritten)
            {
                work.Add(token => ScoreAsync(folders, family, folder, token));
            }
        }

        work.AddRange(mixtures.Select(mixture => (Func<CancellationToken, Task<ModelEntry>>)(token => ScoreAsync(folders, mixture, folder, token))));
        ModelEntry[] models = new ModelEntry[work.Count];
        int done = 0;
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Recipe.Search.Workers, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, work.Count, parallel, async (index, token) =>
        {
            models[index] = await work[index](token).ConfigureAwait(false);
            Report(GlueStage.Score, models[index].Name, Interlocked.Increment(ref done), work.Count);
        }).ConfigureAwait(false);
        return models;
    }

    private static async Task<ModelEntry> ScoreAsync(MergeScorer merges, FamilyFile family, ScoredEntry entry, CancellationToken cancellationToken)
    {
        ScoredRecipe holdOut = await merges.ScoreAsync(new SearchCandidate(MergeRecipe.Parse(entry.Recipe), []), cancellationToken).ConfigureAwait(false);
        GlueModelKind kind = family.Singles.Contains(entry) ? GlueModelKind.Single : family.Candidates.Contains(entry) ? GlueModelKind.Candidate : GlueModelKind.Search;
        return new ModelEntry(entry.Name, kind, family.Family, null, entry.Recipe, entry.Scores!, [.. holdOut.Result!.Scores.Select(ScoreRecord.Of)]);
    }

    // What was selected must be what was written: its scores are taken once more, from the folder.
    private async Task<ModelEntry> ScoreAsync(FolderScorer folders, FamilyOutcome family, GlueFolder folder, CancellationToken cancellationToken)
    {
        string name = $"merged {family.File.Family}";
        ScoredEntry best = family.File.Best();
        ScoreRecord[] proxy = await folders.ScoreAsync(_proxy, name, family.Folder, family.Content, best.Scores, cancellationToken).ConfigureAwait(false);
        if (!SameScores.Are(proxy, best.Scores!))
        {
            throw new GlueException(
                GlueError.ScoreChanged,
                $"'{folder[family.Relative]}' has other scores than the merge '{best.Name}' that was selected, though its tensors are the same: the evaluator does not give the same scores twice, or reads files that merges in memory do not have. Mend it and run again; where the scores of the search are the wrong ones, first remove 'search-{family.File.Family}.json' and 'search-{family.File.Family}.journal'.",
                folder[family.Relative]);
        }

        ScoreRecord[] holdOut = await folders.ScoreAsync(_holdOut, name, family.Folder, family.Content, expected: null, cancellationToken).ConfigureAwait(false);
        return new ModelEntry(name, GlueModelKind.Merged, family.File.Family, family.Relative, best.Recipe, proxy, holdOut);
    }

    private async Task<ModelEntry> ScoreAsync(FolderScorer folders, MixtureOutcome mixture, GlueFolder folder, CancellationToken cancellationToken)
    {
        (string name, string output) = ($"mixture {mixture.File.Name}", mixture.File.Folder!);
        ScoreRecord[] proxy = await folders.ScoreAsync(_proxy, name, folder[output], mixture.Content, expected: null, cancellationToken).ConfigureAwait(false);
        ScoreRecord[] holdOut = await folders.ScoreAsync(_holdOut, name, folder[output], mixture.Content, expected: null, cancellationToken).ConfigureAwait(false);
        return new ModelEntry(name, GlueModelKind.Mixture, mixture.File.Family, output, null, proxy, holdOut);
    }
}
