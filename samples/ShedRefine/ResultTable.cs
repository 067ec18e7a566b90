namespace ShedRefine;

/// <summary>The table of a model's outcomes, for the console and the page.</summary>
internal static class ResultTable
{
    public static IReadOnlyList<string> Columns { get; } = ["records learnt", "kept", "exact match", "less random", "−log-likelihood", "useful", "poisoned"];

    public static IEnumerable<IReadOnlyList<string>> RowsOf(Summary summary, string model)
    {
        foreach ((string method, double kept) in summary.Rows)
        {
            yield return
            [
                method,
                Summary.Percent(kept),
                $"{summary.Of(model, method, kept, outcome => outcome.ExactMatch)}",
                Methods.Valued.Contains(method, StringComparer.Ordinal) ? $"{summary.Difference(model, kept, method, Methods.Random)}" : string.Empty,
                $"{summary.Of(model, method, kept, outcome => outcome.NegativeLogLikelihood)}",
                Summary.Percent(summary.Of(model, method, kept, outcome => outcome.Useful).Mean),
                Summary.Percent(summary.Of(model, method, kept, outcome => outcome.Poisoned).Mean),
            ];
        }
    }
}
