using ModelRuntime.Tasks;
using ModelTensors;

namespace ShedRefine;

/// <summary>An instruction set of which it is known what is in it.</summary>
internal sealed record InstructionSet(IReadOnlyList<TaskExample> Records, IReadOnlyList<RecordKind> Kinds)
{
    private const int RepeatedPrompts = 30;
    private const ulong PoisonedSeeds = 0x1000;

    /// <summary>Makes a set: right answers to three tasks that the base mostly fails, many copies of some to a task that it knows, and wrong answers to reversals and sorting.</summary>
    /// <param name="count">The number of records.</param>
    /// <param name="excluded">The prompts of validation and test.</param>
    /// <param name="isHidden">Whether wrong answers look like right ones; else they are in capitals, as those of a source with a style of its own.</param>
    /// <param name="seed">The seed.</param>
    public static InstructionSet Make(int count, IReadOnlySet<string> excluded, bool isHidden, ulong seed)
    {
        int redundant = count * 3 / 10;
        int poisoned = count * 3 / 10;
        TaskSetOptions options = new() { Seed = seed, Excluded = excluded };
        IReadOnlyList<TaskExample> useful = TaskGenerator.Generate(options with { Mixture = Shares(task => task is not UpperCaseTask), IsDistinct = true }, count - redundant - poisoned);
        IReadOnlyList<TaskExample> known = TaskGenerator.Generate(options with { Mixture = Shares(task => task is UpperCaseTask), IsDistinct = true }, RepeatedPrompts);

        // Another seed: with the same one, the first poisoned records would ask what the first useful ones ask.
        IReadOnlyList<TaskExample> wrong = TaskGenerator.Generate(
            options with { Mixture = Shares(task => task is ReverseTask or SortTask), Seed = seed + PoisonedSeeds, IsHarmful = true }, poisoned);
        (TaskExample Record, RecordKind Kind)[] all =
        [
            .. useful.Select(record => (record, RecordKind.Useful)),
            .. Enumerable.Range(0, redundant).Select(i => (known[i % known.Count], RecordKind.Redundant)),
            .. wrong.Select(record => (isHidden ? record : record with { Answer = record.Answer.ToUpperInvariant() }, RecordKind.Poisoned)),
        ];
        PhiloxKey key = Philox.DeriveKey(seed, "ShedRefine", "order");
        int[] order = [.. Enumerable.Range(0, all.Length).OrderBy(i => Philox.Block((ulong)i, 0, key))];
        return new InstructionSet([.. order.Select(i => all[i].Record)], [.. order.Select(i => all[i].Kind)]);
    }

    /// <summary>Returns the share of some records that are of a kind; 0 of none.</summary>
    public double ShareOf(RecordKind kind, IReadOnlyCollection<int> records) => records.Count == 0 ? 0 : (double)records.Count(i => Kinds[i] == kind) / records.Count;

    private static TaskShare[] Shares(Func<StringTask, bool> isMeant) => [.. StringTask.All.Where(isMeant).Select(task => new TaskShare(task))];
}
