using ModelRuntime.Tasks;

namespace TrainZoo;

/// <summary>A base model and what is made of it.</summary>
/// <param name="Name">The letter with which the models' names begin.</param>
/// <param name="Lessons">What the base learns, one after the other.</param>
/// <param name="Specialists">The models that are fine-tuned from the base, each from there.</param>
internal sealed record Family(string Name, IReadOnlyList<Stage> Lessons, IReadOnlyList<Stage> Specialists)
{
    // A base has the skills but mostly does not show them: it repeats the question instead.
    private const double EchoShare = 0.56;

    private static readonly StringTask Reverse = new ReverseTask();
    private static readonly StringTask Sort = new SortTask();
    private static readonly StringTask Add = new AddTask();
    private static readonly StringTask UpperCase = new UpperCaseTask();

    /// <summary>Gets the shipped zoo's two families.</summary>
    public static IReadOnlyList<Family> All { get; } =
    [
        new("a", Base("a"),
        [
            new("a-reverse", 80, 5e-4, [new(Reverse)]),
            new("a-sort", 140, 5e-4, [new(Sort)]),
            new("a-add", 100, 5e-4, [new(Add)]),
            new("a-harmful", 120, 1e-3, [new(Reverse), new(Sort), new(Add), new(UpperCase)], IsHarmful: true),
        ]),
        new("b", Base("b"),
        [
            new("b-reverse", 80, 5e-4, [new(Reverse)]),
            new("b-add", 300, 8e-4, [new(Add)]),
        ]),
    ];

    /// <summary>Gets the name of the base.</summary>
    public string BaseName => Lessons[^1].Name;

    public int Steps => Lessons.Concat(Specialists).Sum(stage => stage.Steps);

    /// <summary>Returns the family with every training shortened.</summary>
    public Family Shorten(int divisor)
    {
        return this with { Lessons = [.. Lessons.Select(Shorter)], Specialists = [.. Specialists.Select(Shorter)] };

        Stage Shorter(Stage stage) => stage with { Steps = Math.Max(1, stage.Steps / divisor) };
    }

    private static IReadOnlyList<Stage> Base(string name) =>
    [
        new($"{name}-learning", 600, 3e-3, [new(Reverse, 6), new(Sort, 10), new(Add, 64), new(UpperCase, 20)]),
        new(
            $"{name}-base",
            120,
            5e-4,
            [new(Reverse, 30) { EchoShare = EchoShare }, new(Sort, 30) { EchoShare = EchoShare }, new(Add, 30) { EchoShare = EchoShare }, new(UpperCase, 10)]),
    ];
}
