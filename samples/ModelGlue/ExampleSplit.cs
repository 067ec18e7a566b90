using ModelAggregation.Evaluation.Tasks;
using ModelTensors;

namespace ModelGlue;

/// <summary>The examples of a task, dealt out at random: one half selects models, the other reports on them.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Proxy">The half to select by.</param>
/// <param name="HoldOut">The half to report on.</param>
internal sealed record ExampleSplit(string Task, IReadOnlyList<AnswerExample> Proxy, IReadOnlyList<AnswerExample> HoldOut)
{
    /// <summary>Reads all sets of a folder. The same seed deals the same way on every machine.</summary>
    public static IReadOnlyList<ExampleSplit> Read(string folder, ulong seed) =>
        [.. Directory.GetFiles(folder, "*.jsonl").Order(StringComparer.Ordinal).Select(file => Deal(Path.GetFileNameWithoutExtension(file), ExampleFile.ReadAnswers(file), seed))];

    /// <summary>Makes the tasks of one half: exact match selects, and the loss of the right answers is told beside it.</summary>
    public static IReadOnlyList<LanguageModelTask> Tasks(IReadOnlyList<ExampleSplit> splits, Func<ExampleSplit, IReadOnlyList<AnswerExample>> half) =>
    [
        .. splits.Select(split => new ExactMatchTask(split.Task, half(split), new ExactMatchOptions { MaxTokens = 12, MustEnd = true })),
        .. splits.Select(split => new AnswerLossTask($"{split.Task} loss", half(split), new AnswerLossOptions { Weight = 0 })),
    ];

    // Halves that are equal in size whatever the draw: the examples are put in an order of their own random numbers.
    private static ExampleSplit Deal(string task, IReadOnlyList<AnswerExample> examples, ulong seed)
    {
        PhiloxKey key = Philox.DeriveKey(seed, "ModelGlue", task);
        AnswerExample[] order = [.. examples.Select((example, index) => (example, index)).OrderBy(item => Philox.Block((ulong)item.index, 0, key).Word0).Select(item => item.example)];
        return new ExampleSplit(task, order[..(order.Length / 2)], order[(order.Length / 2)..]);
    }
}
