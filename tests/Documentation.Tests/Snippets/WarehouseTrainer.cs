using LoraFederation.Rounds;

namespace Documentation.Tests.Snippets;

// snippet: OwnTrainer
public sealed class WarehouseTrainer(IReadOnlyDictionary<string, string> finished) : ILocalTrainer
{
    public Task<TrainedUpdate> TrainAsync(TrainingTask task, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        progress?.Report(new TrainingProgress($"looking for {task.ClientId}", 0.0));
        return finished.TryGetValue(task.ClientId, out string? folder)
            ? Task.FromResult(new TrainedUpdate(folder, examples: 500))
            : throw new InvalidOperationException($"Nobody has trained for {task.ClientId} yet.");
    }
}
// end
