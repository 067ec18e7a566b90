using System.Collections.Concurrent;
using LoraFederation.Rounds;
using ModelTensors.Adapters;

namespace LoraFederation.Tests.Testing;

/// <summary>A trainer whose adapters are random numbers of the task's seed, and which can be told to do something else for some tasks.</summary>
internal sealed class FakeTrainer : ILocalTrainer
{
    private static readonly (string Path, int Outputs, int Inputs)[] Sizes = [("layers.0.q_proj", 12, 10), ("layers.1.up", 6, 14)];

    private readonly ConcurrentQueue<TrainingTask> _tasks = new();

    /// <summary>Gets the tasks so far, in the order in which they were begun.</summary>
    public IReadOnlyList<TrainingTask> Tasks => [.. _tasks];

    /// <summary>Gets what is done: <see cref="Honest"/> by default.</summary>
    public Func<TrainingTask, CancellationToken, Task<TrainedUpdate>> Train { get; init; } = (task, _) => Honest(task);

    public static FederatedClient[] Clients(params string[] names) => [.. names.Select((name, index) => new FederatedClient(name, rank: 1 + (index % 3)))];

    public static LoraAdapter Adapter(TrainingTask task, LoraAdapterWriterOptions? options = null) => new(
        Sizes.Select((size, index) =>
        {
            Random random = new(unchecked((int)task.Seed) + index);
            return RandomFederation.Module(
                size.Path,
                size.Outputs,
                size.Inputs,
                task.Rank,
                RandomFederation.Normal(random, task.Rank * size.Inputs),
                RandomFederation.Normal(random, size.Outputs * task.Rank),
                task.Alpha / task.Rank);
        }),
        options: options);

    public static long Examples(TrainingTask task) => 10 + (long)(task.Seed % 90);

    public static Task<TrainedUpdate> Honest(TrainingTask task) => Task.FromResult(new TrainedUpdate(Adapter(task), Examples(task)));

    public Task<TrainedUpdate> TrainAsync(TrainingTask task, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        _tasks.Enqueue(task);
        progress?.Report(new TrainingProgress("training"));
        return Train(task, cancellationToken);
    }
}
