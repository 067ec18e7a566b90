using System.Globalization;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Zoo;
using ModelTensors;

namespace ModelAggregation.Glue.Execution;

/// <content>What a run takes at most.</content>
internal sealed partial class GluePlanner
{
    private GluePlan Estimate(ModelZoo zoo, string[][] architectures, ModelMerger merger, CancellationToken cancellationToken)
    {
        // A model that no merge of its family beats is written anew where it is not in the type or vocabulary that is asked for; what is written is scored on both sets.
        bool mayCopy = _recipe.CopiesSingles || _recipe.OutputDataType is not null || _recipe.Tokenizer is not null;
        long evaluations = (mayCopy ? 4L : 2L) * zoo.Models.Count;
        long written = 0;
        long memory = architectures.Any(models => models.Length > 1) ? 2 * _recipe.Similarity.WorkingMemory : 0;
        foreach (string[] models in architectures)
        {
            // Families of two or more: at most half as many as there are models.
            int families = models.Length / 2;
            long largest = 0;
            foreach (MergeRecipe recipe in _problems.Count > 0 ? [] : Trials(models))
            {
                (long bytes, long working) = Try(merger, recipe, cancellationToken);
                largest = Math.Max(largest, bytes);
                memory = Math.Max(memory, _recipe.Search.Workers * (bytes + working));
            }

            // These heuristics compare a merge, made anew, with each of the candidates.
            if (families > 0 && _recipe.Search.Strategies.Any(strategy => strategy.Name.EndsWith("-alike", StringComparison.Ordinal)))
            {
                memory = Math.Max(memory, largest + (2 * _recipe.Similarity.WorkingMemory));
            }

            long searched = _recipe.Search.Strategies.Sum(strategy => MostTrials(strategy, models.Length, families));
            long reported = (long)families * (_recipe.Search.Strategies.Count + (2 * _recipe.Candidates.Count) + 2);
            evaluations += searched + reported + (2L * families * _recipe.Mixtures.Count(mixture => mixture.Level is not GlueMixtureLevel.Text));
            written += (families + (mayCopy ? models.Length : 0)) * largest;
            written += families * _recipe.Mixtures.Count(mixture => mixture.Level is not GlueMixtureLevel.Text) * largest * (models.Length + 1);
        }

        evaluations += 2L * _recipe.Mixtures.Count(mixture => mixture.Level is GlueMixtureLevel.Text);
        long free = FreeBytes();
        if (written > free)
        {
            _warnings.Add(string.Create(CultureInfo.InvariantCulture, $"Up to {written:N0} bytes are written, and the disk of '{_folder}' has {free:N0}: fewer are needed where models fall into fewer families."));
        }

        return new GluePlan
        {
            Recipe = _recipe,
            Folder = _folder,
            Architectures = architectures,
            Stages = [.. Stages(zoo)],
            MostEvaluations = evaluations,
            MostOutputBytes = written,
            PeakMemoryBytes = memory,
            FreeBytes = free,
            Warnings = _warnings,
        };
    }

    // A family of all models of the architecture stands for those that there will be: what is wrong with a method's parameters is wrong for each of them.
    private IEnumerable<MergeRecipe> Trials(string[] models)
    {
        string? origin = _recipe.Search.Bases.FirstOrDefault(reference => models.Contains(reference, StringComparer.Ordinal)) ?? (_recipe.Search.Bases is [GlueSearch.Auto] ? models[0] : null);
        yield return GlueRecipes.Of(models[0], _recipe);
        string[] others = [.. models.Where(model => !string.Equals(model, origin, StringComparison.Ordinal))];
        if (models.Length < 2 || others.Length == 0)
        {
            yield break;
        }

        IEnumerable<GlueCandidate> searches = _recipe.Search.Strategies.Where(strategy => strategy.Method is not null && strategy.Variation.Densities is null && strategy.Variation.Parameters.Count == 0)
            .Select(strategy => new GlueCandidate(strategy.Method!) { Parameters = strategy.Parameters })
            .Append(new GlueCandidate(_recipe.Search.Method) { Parameters = _recipe.Search.Parameters });
        foreach (GlueCandidate candidate in searches.Concat(_recipe.Candidates))
        {
            MergeMethod method = _methods.TryGet(candidate.Method, out MergeMethod? found) ? found : throw new InvalidOperationException($"'{candidate.Method}' was checked before.");
            if (method.BaseModel is not BaseModelRole.Required || origin is not null)
            {
                yield return GlueRecipes.Of(candidate, method, method.BaseModel is BaseModelRole.Ordinary ? models : others, origin, _recipe);
            }
        }
    }

    private (long Bytes, long Working) Try(ModelMerger merger, MergeRecipe recipe, CancellationToken cancellationToken)
    {
        try
        {
            using MergePlan plan = merger.Plan(recipe, cancellationToken);
            return (plan.OutputBytes, ModelMerger.EstimateMemory(plan, GlueRecipes.Merge(_recipe)));
        }
        catch (MergePlanException error)
        {
            // How many models a method takes depends on the families; all else does not.
            PlanProblem[] sure = [.. error.Problems.Where(problem => problem.Kind is not PlanProblemKind.ModelCount)];
            _problems.AddRange(sure.Select(problem => $"{recipe.Method}: {problem.Message}").Where(problem => !_problems.Contains(problem, StringComparer.Ordinal)));
            return (0, 0);
        }
    }

    private long MostTrials(GlueStrategy strategy, int models, int families) => families == 0 ? 0 : strategy.Name switch
    {
        "average" => models - 1,

        // An optimiser has its budget in each family, and then tries to leave models out, one after the other.
        _ when strategy.IsOptimizer => (long)families * (strategy.Variation.Evaluations + models),
        _ => (models - 1L) * _recipe.Search.Coefficients.Count,
    };

    private IEnumerable<string> Stages(ModelZoo zoo)
    {
        yield return $"cluster {zoo.Models.Count} models by architecture, then by {Recipes.GlueWords.Word(_recipe.Similarity.Measure)} similarity above {_recipe.Clustering.Threshold.ToString(CultureInfo.InvariantCulture)} ({Recipes.GlueWords.Word(_recipe.Clustering.Linkage)})";
        yield return $"search each family by {string.Join(", ", _recipe.Search.Strategies.Select(GlueRecipes.Name))}{(_recipe.Candidates.Count > 0 ? $", and try {_recipe.Candidates.Count} fixed merges beside" : string.Empty)}";
        yield return $"merge each family's best{(_recipe.CopiesSingles ? ", copying a model that no merge beats" : string.Empty)}";
        foreach (GlueMixture mixture in _recipe.Mixtures)
        {
            yield return mixture.Level is GlueMixtureLevel.Text ? "mix the families' models at text level" : $"mix each family at the level of {Recipes.GlueWords.Word(mixture.Level)}, {mixture.DenseLayers} layers dense";
        }

        yield return "score singles, merges and mixtures on both sets, and report";
    }

    private long FreeBytes()
    {
        string? folder = _folder;
        while (folder is not null && !Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        string place = folder ?? _folder;
        if (OperatingSystem.IsWindows())
        {
            // Network shares have no drive to ask.
            place = Path.GetPathRoot(place) ?? string.Empty;
            return place.Length > 0 && char.IsAsciiLetter(place[0]) ? new DriveInfo(place).AvailableFreeSpace : long.MaxValue;
        }

        return new DriveInfo(place).AvailableFreeSpace;
    }
}
