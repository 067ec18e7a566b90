using ModelAggregation.Evaluation;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;

namespace ModelAggregation.Glue.Execution;

/// <summary>Makes of scores in files what results have of them.</summary>
internal static class ScoredModels
{
    /// <summary>Makes a model.</summary>
    /// <exception cref="GlueException">The scores are none of the evaluators' tasks.</exception>
    public static GlueModel Of(ModelEntry entry, IModelEvaluator proxy, IModelEvaluator holdOut, string file) => new()
    {
        Name = entry.Name,
        Kind = entry.Kind,
        Family = entry.Family,
        Folder = entry.Folder,
        Recipe = entry.Recipe is { } yaml ? MergeRecipe.Parse(yaml, file) : null,
        Proxy = Result(entry.Name, entry.Proxy, proxy, file),
        HoldOut = Result(entry.Name, entry.HoldOut, holdOut, file),
    };

    /// <summary>Makes a result.</summary>
    /// <exception cref="GlueException">The scores are none of the evaluator's tasks.</exception>
    public static EvaluationResult Result(string name, ScoreRecord[] scores, IModelEvaluator evaluator, string file)
    {
        TaskScore?[] read = scores.Length == evaluator.Tasks.Count ? [.. scores.Zip(evaluator.Tasks, (score, task) => score.ToScore(task))] : [null];
        return Array.Exists(read, score => score is null)
            ? throw new GlueException(GlueError.ArtefactInvalid, $"'{file}' has scores of '{name}' that are none of the evaluator's tasks.", file)
            : new EvaluationResult(name, [.. read.OfType<TaskScore>()]);
    }
}
