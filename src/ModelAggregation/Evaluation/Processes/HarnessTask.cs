namespace ModelAggregation.Evaluation.Processes;

/// <summary>A task of an external harness, and where its score stands in the harness's results.</summary>
/// <param name="Info">What the score is of.</param>
/// <param name="Metric">The key of the score in the task's results: metric and filter, as lm-evaluation-harness writes them, such as <c>acc_norm,none</c>.</param>
public sealed record HarnessTask(TaskInfo Info, string Metric)
{
    /// <summary>Gets Model-GLUE's proxy tasks by name: <c>mmlu_tiny</c>, <c>arc_challenge</c>, <c>winogrande</c> and <c>gsm8k</c> of lm-evaluation-harness, <c>mbpp</c> and <c>humanevalsynthesize-js</c> of the BigCode harness.</summary>
    public static IReadOnlyDictionary<string, HarnessTask> ModelGlue { get; } = new[]
    {
        OfHarness("mmlu_tiny", "acc,none"),
        OfHarness("arc_challenge", "acc_norm,none"),
        OfHarness("winogrande", "acc,none"),
        OfHarness("gsm8k", "exact_match,get-answer"),
        OfHarness("mbpp", "pass@1"),
        OfHarness("humanevalsynthesize-js", "pass@1"),
    }.ToDictionary(task => task.Info.Name, StringComparer.Ordinal);

    /// <summary>Gets the name of the task in the results, and in the place <c>{tasks}</c> of the command.</summary>
    /// <value>The name of <see cref="Info"/> by default.</value>
    public string Name { get; init; } = Info.Name;

    /// <summary>Creates a task whose score is a share of which higher is better.</summary>
    /// <param name="name">The name of the task.</param>
    /// <param name="metric">The key of the score in the task's results.</param>
    public static HarnessTask OfHarness(string name, string metric)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(metric);
        int comma = metric.IndexOf(',', StringComparison.Ordinal);
        return new HarnessTask(new TaskInfo(name, comma < 0 ? metric : metric[..comma]) { Range = ScoreRange.Unit }, metric);
    }
}
