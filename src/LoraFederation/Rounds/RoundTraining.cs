using ModelTensors;

namespace LoraFederation.Rounds;

/// <summary>Selects the clients of a round, has those trained that have not answered, and stores what they hand in.</summary>
internal sealed class RoundTraining(RunContext context, ILocalTrainer trainer, IReadOnlyList<FederatedClient> clients)
{
    private readonly FederatedRunOptions _options = context.Options;
    private readonly UpdateStore _store = new(context.Folder, context.Device, context.Options.Limits);
    private readonly StartPoints _starts = new(context);

    /// <summary>Trains a round.</summary>
    /// <param name="round">The round.</param>
    /// <param name="previous">The manifest of the round before; null for the first.</param>
    /// <param name="cancellationToken">Cancels the trainers.</param>
    public async Task RunAsync(int round, RoundManifest? previous, CancellationToken cancellationToken)
    {
        if (context.History.Selected is null)
        {
            // In the order of names, so that what is written does not depend on that of the caller.
            IReadOnlyList<FederatedClient> selected = _options.Selection.Select(clients, round, _options.Seed);
            context.Record(new RunRecord(RunRecordKind.Started, round) { Clients = [.. selected.Select(client => client.Id).Order(StringComparer.Ordinal)] });
        }

        IReadOnlyList<string> asked = context.History.Selected!;
        FederationLog.Started(context.Logger, round, asked.Count, context.History.States[round]);
        foreach (RunRecord outcome in context.History.Outcomes)
        {
            foreach (ManifestFile file in outcome.Files ?? [])
            {
                context.Folder.EnsureUnchanged(round, file);
            }
        }

        string[] missing = [.. asked.Except(context.History.Outcomes.Select(outcome => outcome.Client!), StringComparer.Ordinal)];
        if (_options.Start == RoundStart.WarmStart && previous is not null)
        {
            IEnumerable<FederatedClient> next = clients.Where(client => missing.Contains(client.Id, StringComparer.Ordinal));
            new WarmStarts(context).Prepare(round, next, previous.Cumulative!, cancellationToken);
            context.Step("starts");
        }

        await Parallel.ForEachAsync(
            missing,
            new ParallelOptions { MaxDegreeOfParallelism = _options.MaxParallelClients, CancellationToken = cancellationToken },
            async (client, token) =>
            {
                RunRecord outcome = await AskAsync(client, round, token).ConfigureAwait(false);
                context.Record(outcome);
                Report(round, client, outcome.Problems?[0].Message);
            }).ConfigureAwait(false);
    }

    private async Task<RunRecord> AskAsync(string id, int round, CancellationToken cancellationToken)
    {
        if (clients.FirstOrDefault(client => string.Equals(client.Id, id, StringComparison.Ordinal)) is not { } client)
        {
            return Lost(round, id, FederationError.DroppedOut, $"Client '{id}' was selected, but is no longer among the clients of the run.", null);
        }

        TrainingTask task = Task(client, round);
        (TrainedUpdate? update, RunRecord? loss) = await TrainAsync(task, cancellationToken).ConfigureAwait(false);
        if (update is null)
        {
            // A trainer that was left behind may still be writing there.
            if (loss!.Problems![0].Error != FederationError.TimedOut)
            {
                DeleteIfThere(task.OutputFolder);
            }

            return loss;
        }

        FederationProblem? problem = _store.Store(task, update, cancellationToken);
        DeleteIfThere(task.OutputFolder);
        context.Step("stored");
        if (problem is not null)
        {
            FederationLog.Quarantined(context.Logger, round, problem.Message);
        }

        return new RunRecord(problem is null ? RunRecordKind.Received : RunRecordKind.Refused, round)
        {
            Client = id,
            Rank = task.Rank,
            Examples = update.Examples,
            BaseState = update.BaseState,
            Answers = update.Round,
            Files = problem is null ? context.Folder.Describe(round, context.Folder.Update(round, id)) : null,
            Problems = problem is null ? null : [problem],
        };
    }

    private static void DeleteIfThere(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private TrainingTask Task(FederatedClient client, int round)
    {
        string work = context.Folder.Work(round, client.Id);
        DeleteIfThere(work);
        Directory.CreateDirectory(work);
        PhiloxKey seed = Philox.DeriveKey(_options.Seed, $"train {round}", client.Id);
        TrainingTask task = new(client.Id, round, context.History.States[round], ((ulong)seed.High << 32) | seed.Low, work)
        {
            BaseModel = _options.BaseModel,
            Rank = client.Rank,
            Alpha = client.Alpha,
        };
        return _starts.Apply(task);
    }

    private async Task<(TrainedUpdate? Update, RunRecord? Loss)> TrainAsync(TrainingTask task, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeOut = new(_options.TimeOut ?? Timeout.InfiniteTimeSpan, _options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeOut.Token, cancellationToken);
        CancellationToken token = either.Token;
        try
        {
            // On a thread of its own: a trainer that computes before it awaits must not keep the clock from being heard. Only that leaves it behind;
            // when the run is cancelled it is waited for, so that nothing of it goes on afterwards.
            Task<TrainedUpdate> training = System.Threading.Tasks.Task.Run(() => trainer.TrainAsync(task, Progress(task), token), CancellationToken.None);
            TrainedUpdate update = await training.WaitAsync(timeOut.Token).ConfigureAwait(false);
            return (update ?? throw new TrainingException($"The trainer returned nothing for client '{task.ClientId}'.", task.ClientId), null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException e) when (timeOut.IsCancellationRequested)
        {
            return (null, Lost(task.Round, task.ClientId, FederationError.TimedOut, $"Client '{task.ClientId}' took longer than {_options.TimeOut}.", e));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // What happens to one client is the round's to record, not to fail of.
            return (null, Lost(task.Round, task.ClientId, FederationError.DroppedOut, $"Client '{task.ClientId}' dropped out: {e.Message}", e));
        }
    }

    private RunRecord Lost(int round, string client, FederationError error, string message, Exception? exception)
    {
        FederationLog.Lost(context.Logger, round, message, exception);
        return new RunRecord(RunRecordKind.Lost, round) { Client = client, Problems = [new FederationProblem(error, message, client)] };
    }

    private InlineProgress<TrainingProgress>? Progress(TrainingTask task) =>
        context.Progress is null ? null : new InlineProgress<TrainingProgress>(value => Report(task.Round, task.ClientId, value.Message));

    private void Report(int round, string client, string? message) => context.Progress?.Report(
        new FederatedRunProgress(round, _options.Rounds, RoundStage.Training, context.History.Outcomes.Count, context.History.Selected!.Count) { ClientId = client, Message = message });
}
