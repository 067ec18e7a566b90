using ModelAggregation.Evaluation;

namespace ModelAggregation.Search;

/// <summary>Keeps what models are selected by apart from what is reported of them: the score of a selection on its own examples is too good.</summary>
public static class HoldOut
{
    /// <summary>Checks that two evaluators share no example of a task. Tasks that do not tell their examples are taken for disjoint.</summary>
    /// <param name="selection">Scores the candidates of a search.</param>
    /// <param name="report">Scores what a search found.</param>
    /// <exception cref="SearchException">They share examples; the message names the first.</exception>
    public static void EnsureDisjoint(IModelEvaluator selection, IModelEvaluator report)
    {
        ArgumentNullException.ThrowIfNull(selection);
        ArgumentNullException.ThrowIfNull(report);
        HashSet<string> known = new(selection.Tasks.SelectMany(task => task.Examples), StringComparer.Ordinal);
        foreach (TaskInfo task in report.Tasks)
        {
            if (task.Examples.Where(known.Contains).ToArray() is { Length: > 0 } shared)
            {
                throw new SearchException(
                    SearchError.SharedExamples, $"Task '{task.Name}' reports on {shared.Length} examples that models are selected by, such as '{shared[0]}': divide the examples.");
            }
        }
    }
}
