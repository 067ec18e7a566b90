using System.Text.Json;
using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;
using ModelRuntime;

namespace ModelAggregation.Runtime.Tests;

/// <summary>The trained models that the samples run on, and what was measured of them by another implementation.</summary>
internal static class Zoo
{
    public static readonly string[] Tasks = ["rev", "srt", "add", "upr"];

    public static RuntimeOptions OneThread { get; } = new() { Threads = 1 };

    public static ModelCandidate Candidate(string model) => ModelCandidate.FromFolder(Path(model));

    public static string Path(params string[] names) => System.IO.Path.Combine([AppContext.BaseDirectory, "models", .. names]);

    public static IReadOnlyList<AnswerExample> Examples(string task) => ExampleFile.ReadAnswers(Path("eval", $"{task}.jsonl"));

    /// <summary>Exact match and answer loss of each task, named as <c>rev</c> and <c>rev-loss</c>.</summary>
    public static IReadOnlyList<LanguageModelTask> Protocol() =>
    [
        .. Tasks.Select(task => new ExactMatchTask(task, Examples(task), new ExactMatchOptions { MaxTokens = 8, MustEnd = true })),
        .. Tasks.Select(task => new AnswerLossTask($"{task}-loss", Examples(task))),
    ];

    public static (double ExactMatch, double Loss) Measured(string model, string task)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path("eval", "results.json")));
        JsonElement own = document.RootElement.GetProperty("results").GetProperty(model).GetProperty(task);
        return (own.GetProperty("exact_match").GetDouble(), own.GetProperty("nll").GetDouble());
    }
}
