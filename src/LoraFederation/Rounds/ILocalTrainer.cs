namespace LoraFederation.Rounds;

/// <summary>Trains an adapter for one client: the socket for training, in this process, in another, or on another machine.</summary>
public interface ILocalTrainer
{
    /// <summary>Trains. May be called for several clients at once, as many as the run allows.</summary>
    /// <param name="task">What to train, and from what.</param>
    /// <param name="progress">Is told how far the client is.</param>
    /// <param name="cancellationToken">Ends the training: the run was cancelled, or the client's time is over. A trainer that goes on after that is left behind.</param>
    /// <returns>The trained adapter. Any exception instead is a client that dropped out: it is recorded with its message, and the round goes on.</returns>
    Task<TrainedUpdate> TrainAsync(TrainingTask task, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default);
}
