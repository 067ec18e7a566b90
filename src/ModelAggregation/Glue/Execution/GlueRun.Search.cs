using ModelAggregation.Evaluation;
using ModelAggregation.Glue.Recipes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;
using ModelAggregation.Zoo;

namespace ModelAggregation.Glue.Execution;

/// <content>Searches.</content>
internal sealed partial class GlueRun
{
    private async Task<(FamilyFile Found, string Inputs)> SearchAsync(GlueFolder folder, ZooInputs inputs, ClustersFile clusters, ModelCluster cluster, string name, CancellationToken cancellationToken)
    {
        string? origin = FamilyBase.Of(Recipe.Search.Bases, cluster, _prepared.Zoo, clusters.Similarity);
        string file = $"search-{name}.json";
        using Fingerprint hash = Inputs("search").Add(_proxy.Id).Add((long)Recipe.Seed).Add(origin ?? string.Empty).Add(origin is null ? string.Empty : inputs[origin])
            .Add(GlueWriter.Searches(Recipe)).Add([.. Methods().Select(Build)]).Add(Recipe.Tokenizer?.SourceModel is { } vocabulary ? inputs[vocabulary] : string.Empty).Add(cluster.Models);
        foreach (string model in cluster.Models)
        {
            hash.Add(inputs[model]);
        }

        StageRecord stage = await folder.RunAsync($"search {name}", hash.Finish("stage"), WorkAsync, cancellationToken).ConfigureAwait(false);
        return (GlueJson.Read(folder[file], GlueJson.Default.FamilyFile), stage.Inputs);

        async Task<IReadOnlyList<string>> WorkAsync()
        {
            GlueLog.Stage(_logger, $"search {name}");
            FamilyFile found = await SearchAsync(cluster.Models, origin, name, folder[$"search-{name}.journal"], cancellationToken).ConfigureAwait(false);
            GlueJson.Write(folder[file], found, GlueJson.Default.FamilyFile);
            GlueLog.Winner(_logger, name, found.Winner, found.Best().Merit!.Value, found.All().Count());
            return [file];
        }
    }

    private async Task<FamilyFile> SearchAsync(IReadOnlyList<string> models, string? origin, string name, string journal, CancellationToken cancellationToken)
    {
        List<string> notes = [];
        MergeMethod method = Method(Recipe.Search.Method);

        // One for all strategies, so that what failed is not tried again by each.
        using MergeScorer scorer = new(_proxy, _prepared.Merger, GlueRecipes.Options(Recipe, null, method, origin, journal));
        ScoredEntry[] singles = await ScoreAsync(models, name, scorer, cancellationToken).ConfigureAwait(false);
        if (Array.TrueForAll(singles, single => single.Scores is null))
        {
            throw new GlueException(GlueError.NothingEvaluated, $"None of the {singles.Length} models of the family '{name}' could be evaluated; the first: {singles[0].Failure}");
        }

        List<TraceEntry> searches = [];
        foreach (GlueStrategy strategy in Recipe.Search.Strategies)
        {
            // A base is no candidate where it is what the others are compared with.
            MergeMethod own = strategy.Method is { } other ? Method(other) : method;
            string[] searched = own.BaseModel is BaseModelRole.Ordinary ? [.. models] : [.. models.Where(model => !IsSame(model, origin))];
            if (searched.Length < 2 || !singles.Any(single => single.Scores is not null && searched.Contains(single.Name, StringComparer.Ordinal)))
            {
                continue;
            }

            if (own.BaseModel is BaseModelRole.Required && origin is null)
            {
                notes.Add($"The family '{name}' has no base, which the merge method '{own.Name}' needs: it was not searched by '{GlueRecipes.Name(strategy)}'.");
                continue;
            }

            searches.Add(await SearchAsync(searched, strategy, own, origin, name, scorer, cancellationToken).ConfigureAwait(false));
        }

        string[] kept = [.. models.Where(model => !IsSame(model, origin) && searches.Any(search => !search.Dropped.Contains(model, StringComparer.Ordinal)))];
        ScoredEntry[] candidates = searches.Count == 0 ? [] : await TryAsync(kept, origin, name, scorer, notes, cancellationToken).ConfigureAwait(false);
        FamilyFile found = new(name, [.. models], origin, _proxy.Id, kept, singles, [.. searches], candidates, string.Empty, [.. notes]);
        return found with { Winner = Winner(found).Name };
    }

    private async Task<ScoredEntry[]> ScoreAsync(IReadOnlyList<string> models, string family, MergeScorer scorer, CancellationToken cancellationToken)
    {
        ScoredEntry[] singles = new ScoredEntry[models.Count];
        int done = 0;
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Recipe.Search.Workers, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, models.Count, parallel, async (index, token) =>
        {
            string model = models[index];
            singles[index] = ScoredEntry.Of(model, await scorer.ScoreAsync(new SearchCandidate(GlueRecipes.Of(model, Recipe), [new ModelShare(model, 1)]), token).ConfigureAwait(false));
            Report(GlueStage.Search, $"{family}: {model}", Interlocked.Increment(ref done), models.Count);
        }).ConfigureAwait(false);
        return singles;
    }

    private async Task<TraceEntry> SearchAsync(
        string[] models, GlueStrategy strategy, MergeMethod method, string? origin, string family, MergeScorer scorer, CancellationToken cancellationToken)
    {
        string strategyName = GlueRecipes.Name(strategy);
        RelayedProgress<SearchProgress> relay = new(value => Report(GlueStage.Search, $"{family}: {strategyName}", value.RoundsDone, value.RoundCount));
        SearchContext context = new(_prepared.Zoo.Select(models), _prepared.Merger, scorer, GlueRecipes.Options(Recipe, strategy, method, origin, journal: null), relay);
        SearchResult result = await GlueRecipes.Strategy(strategy, Recipe).RunAsync(context, cancellationToken).ConfigureAwait(false);
        return SearchTraces.Of($"{strategyName} ({family})", result, models);
    }

    private async Task<ScoredEntry[]> TryAsync(string[] kept, string? origin, string family, MergeScorer scorer, List<string> notes, CancellationToken cancellationToken)
    {
        if (kept.Length < 2)
        {
            if (Recipe.Candidates.Count > 0)
            {
                notes.Add($"Of the family '{family}' the searches kept {(kept.Length == 0 ? "no model" : $"'{kept[0]}' alone")}, the base apart: no candidate was tried.");
            }

            return [];
        }

        List<ScoredEntry> tried = [];
        foreach (GlueCandidate candidate in Recipe.Candidates)
        {
            Report(GlueStage.Search, $"{family}: {candidate.Name}", tried.Count, Recipe.Candidates.Count);
            MergeMethod method = Method(candidate.Method);
            if (method.BaseModel is BaseModelRole.Required && origin is null)
            {
                notes.Add($"The family '{family}' has no base: '{candidate.Name}' was not tried.");
                continue;
            }

            try
            {
                MergeRecipe recipe = GlueRecipes.Of(candidate, method, kept, origin, Recipe);
                tried.Add(ScoredEntry.Of($"{candidate.Name} ({family})", await scorer.ScoreAsync(new SearchCandidate(recipe, []), cancellationToken).ConfigureAwait(false)));
            }
            catch (MergePlanException error)
            {
                // How many models a method takes is known only now.
                notes.Add($"'{candidate.Name}' cannot merge what was kept of the family '{family}': {error.Message}");
            }
        }

        return [.. tried];
    }

    // What a strategy found is a gain already; of what was tried beside, the best is the luckiest as well, and has to be one too.
    private ScoredEntry Winner(FamilyFile found)
    {
        ScoredEntry single = found.Singles.Where(entry => entry.Merit is not null).MaxBy(entry => entry.Merit)!;
        EvaluationResult reference = Result(single);
        return found.All()
            .Where(entry => entry.Merit is not null
                && (!found.Candidates.Contains(entry) || GainRule.IsGain(Result(entry), reference, Recipe.Search.MinimumGain, Recipe.Search.Confidence) is true))
            .MaxBy(entry => entry.Merit)!;

        EvaluationResult Result(ScoredEntry entry) => ScoredModels.Result(entry.Name, entry.Scores!, _proxy, $"search-{found.Family}.json");
    }

    private IEnumerable<MergeMethod> Methods() => Recipe.Search.Strategies.Select(strategy => strategy.Method).Concat(Recipe.Candidates.Select(candidate => candidate.Method)).OfType<string>()
        .Prepend(Recipe.Search.Method).Distinct(StringComparer.Ordinal).Select(Method);

    // A host's own method that was built anew may be another arithmetic of the same name.
    private static string Build(MergeMethod method) => $"{method.GetType().Module.ModuleVersionId:N}";

    private MergeMethod Method(string name) => _prepared.Methods.TryGet(name, out MergeMethod? method) ? method : throw new InvalidOperationException($"'{name}' was checked before.");

    private static bool IsSame(string first, string? second) => string.Equals(first, second, StringComparison.Ordinal);
}
