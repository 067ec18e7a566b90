using ModelRuntime.Tasks;

namespace TrainZoo;

/// <summary>A client of a federation: its rank, and its own data of nearly one task.</summary>
/// <param name="Rank">The rank of its adapter.</param>
/// <param name="Examples">The number of its examples.</param>
/// <param name="Task">The task of most of them.</param>
internal sealed record Client(int Rank, int Examples, StringTask Task)
{
    public const int Steps = 60;
    public const int BatchSize = 32;
    public const double LearningRate = 5e-3;
    private const double DominantShare = 0.96;

    /// <summary>Gets the shipped zoo's ten clients.</summary>
    public static IReadOnlyList<Client> All { get; } =
    [
        new(16, 1200, new ReverseTask()), new(8, 900, new SortTask()), new(8, 1000, new AddTask()), new(4, 500, new ReverseTask()), new(4, 500, new SortTask()),
        new(4, 600, new AddTask()), new(2, 300, new ReverseTask()), new(2, 300, new SortTask()), new(2, 300, new AddTask()), new(2, 250, new UpperCaseTask()),
    ];

    public IReadOnlyList<TaskShare> Mixture =>
    [
        .. StringTask.All.Select(task => new TaskShare(
            task, string.Equals(task.Name, Task.Name, StringComparison.Ordinal) ? DominantShare : (1 - DominantShare) / (StringTask.All.Count - 1))),
    ];
}
