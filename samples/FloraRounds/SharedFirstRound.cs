using LoraFederation.Rounds;

namespace FloraRounds;

/// <summary>Trains the first round of a seed once: whatever the method, a client of one rank starts from the same there, and ends with the same bytes.</summary>
/// <param name="trainer">Trains.</param>
/// <param name="folder">Where first rounds are kept.</param>
internal sealed class SharedFirstRound(ILocalTrainer trainer, string folder) : ILocalTrainer
{
    public async Task<TrainedUpdate> TrainAsync(TrainingTask task, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (task.Round > 0)
        {
            return await trainer.TrainAsync(task, progress, cancellationToken);
        }

        string kept = Path.Combine(folder, $"{task.ClientId} of rank {task.Rank}");
        string examples = Path.Combine(kept, "examples.txt");
        if (File.Exists(examples))
        {
            return new TrainedUpdate(kept, long.Parse(await File.ReadAllTextAsync(examples, cancellationToken), System.Globalization.CultureInfo.InvariantCulture));
        }

        TrainedUpdate update = await trainer.TrainAsync(task with { OutputFolder = Directory.CreateDirectory(kept).FullName }, progress, cancellationToken);
        await File.WriteAllTextAsync(examples, $"{update.Examples}", cancellationToken);
        return update;
    }
}
