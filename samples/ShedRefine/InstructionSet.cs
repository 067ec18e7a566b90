using ModelRuntime.Tasks;
using ModelTensors;

namespace ShedRefine;

/// <summary>An instruction set of which it is known what is in it.</summary>
internal sealed record InstructionSet(IReadOnlyList<TaskExample> Records, IReadOnlyList<RecordKind> Kinds)
{
    private const int RepeatedPrompts = 30;

    /// <summary>Makes a set: right answers to three tasks that the base mostly fails, many repetitions of one that it knows, and wrong answers to all.</summary>
    /// <param name="count">The number of records.</param>
    /// <param name="excluded">The prompts of validation and test.</param>
    /// <param name="seed">The seed.</param>
    public static InstructionSet Make(int count, IReadOnlySet<string> excluded, ulong seed)
    {
        StringTask known = StringTask.All.Single(task => string.Equals(task.Name, "upr", StringComparison.Ordinal));
        int redundant = count * 3 / 10;
        int poisoned = count * 3 / 10;
        TaskSetOptions options = new() { Seed = seed, Excluded = excluded };
        IReadOnlyList<TaskExample> useful = TaskGenerator.Generate(
            options with { Mixture = [.. StringTask.All.Where(task => task != known).Select(task => new TaskShare(task))], IsDistinct = true }, count - redundant - poisoned);
        IReadOnlyList<TaskExample> prompts = TaskGenerator.Generate(options with { Mixture = [new TaskShare(known)], IsDistinct = true }, RepeatedPrompts);

        // Another seed: the first records of a poisoned set would else ask what the useful ones ask.
        IReadOnlyList<TaskExample> wrong = TaskGenerator.Generate(
            options with { Seed = seed + 0x1000, IsHarmful = true, Mixture = [.. StringTask.All.Where(task => task is ReverseTask or SortTask).Select(task => new TaskShare(task))] }, poisoned);
        (TaskExample Record, RecordKind Kind)[] all =
        [
            .. useful.Select(record => (record, RecordKind.Useful)),
            .. Enumerable.Range(0, redundant).Select(i => (prompts[i % prompts.Count], RecordKind.Redundant)),
            .. wrong.Select(record => (record with { Answer = record.Answer.ToUpperInvariant() }, RecordKind.Poisoned)),
        ];
        PhiloxKey key = Philox.DeriveKey(seed, "ShedRefine", "order");
        int[] order = [.. Enumerable.Range(0, all.Length).OrderBy(i => Philox.Block((ulong)i, 0, key))];
        return new InstructionSet([.. order.Select(i => all[i].Record)], [.. order.Select(i => all[i].Kind)]);
    }
}
