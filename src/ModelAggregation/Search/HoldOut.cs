using ModelAggregation.Evaluation;

namespace ModelAggregation.Search;

/// <summary>Keeps what models are selected by apart from what is reported of them: the score of a selection on its own examples is too good.</summary>
public static class HoldOut
{
    /// <summary>Checks that two evaluators share no example of a task, and are not the same evaluator. Of tasks that do not tell their examples, those of one name are taken for the same, and all others for disjoint.</summary>
    /// <param name="selection">Scores the candidates of a search.</param>
    /// <param name="report">Scores what a search found.</param>
    /// <exception cref="SearchException">They share examples, of which the message names the first, a task that does not tell its examples, or have the same <see cref="IModelEvaluator.Id"/>.</exception>
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

        // Evaluators that do not tell their examples, such as harnesses, share all of them where they are the same one.
        if (string.Equals(selection.Id, report.Id, StringComparison.Ordinal))
        {
            throw new SearchException(SearchError.SharedExamples, $"'{report.Id}' reports on the examples that models are selected by: it is the same evaluator. Report by other tasks.");
        }

        HashSet<string> silent = new(selection.Tasks.Where(task => task.Examples.Count == 0).Select(task => task.Name), StringComparer.Ordinal);
        if (report.Tasks.FirstOrDefault(task => task.Examples.Count == 0 && silent.Contains(task.Name)) is { } both)
        {
            throw new SearchException(
                SearchError.SharedExamples, $"Task '{both.Name}' selects and reports, and neither evaluator tells its examples: they may be the same. Report on another task, or on another split under another name.");
        }
    }
}
