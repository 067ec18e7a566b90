namespace LoraFederation.Rounds;

/// <summary>A trainer made of a function.</summary>
/// <param name="train">Trains.</param>
public sealed class DelegateTrainer(Func<TrainingTask, CancellationToken, Task<TrainedUpdate>> train) : ILocalTrainer
{
    /// <summary>Creates a trainer of a function that computes without waiting for anything.</summary>
    /// <param name="train">Trains.</param>
    public DelegateTrainer(Func<TrainingTask, TrainedUpdate> train)
        : this((task, _) => Task.FromResult(train(task)))
    {
    }

    /// <inheritdoc />
    public Task<TrainedUpdate> TrainAsync(TrainingTask task, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        train(task, cancellationToken);
}
