using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using RunKit;

namespace LoraFederation.Rounds;

/// <summary>
/// Runs rounds of federated training in one process: selects clients, has them trained, checks and stores what they hand in, aggregates it, and journals
/// every step, so that a run that was killed at any point goes on where it was when it is run again, to the same bytes.
/// </summary>
public sealed class FederatedRun
{
    private readonly TensorDevice _device;
    private readonly ILocalTrainer _trainer;
    private readonly IReadOnlyList<FederatedClient> _clients;
    private readonly FederatedRunOptions _options;
    private readonly ILogger _logger;

    /// <summary>Creates a run; nothing is done yet.</summary>
    /// <param name="device">Computes; it stays the caller's.</param>
    /// <param name="trainer">Trains.</param>
    /// <param name="clients">The clients; at least one, each of its own name. When a run is continued there may be others.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="logger">Is told what happens.</param>
    /// <exception cref="ArgumentException">There are no clients, two of one name, or settings that contradict each other.</exception>
    public FederatedRun(
        TensorDevice device, ILocalTrainer trainer, IReadOnlyList<FederatedClient> clients, FederatedRunOptions? options = null, ILogger<FederatedRun>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(clients);
        ArgumentOutOfRangeException.ThrowIfZero(clients.Count);
        if (clients.CountBy(client => client.Id, StringComparer.Ordinal).FirstOrDefault(client => client.Value > 1) is { Key: { } twice })
        {
            throw new ArgumentException($"Client '{twice}' is there twice; the clients of a run have names of their own.", nameof(clients));
        }

        options ??= new FederatedRunOptions();
        if (options is { Start: RoundStart.ContinueGlobal, CumulativeRank: not null })
        {
            throw new ArgumentException($"With {nameof(RoundStart.ContinueGlobal)} every aggregate holds what all rounds added: there is no cumulative rank.", nameof(options));
        }

        if (options is { Start: RoundStart.WarmStart, Recipe.Clipping: not null } or { Start: RoundStart.WarmStart, Recipe.Ranks: not null })
        {
            throw new ArgumentException(
                $"With {nameof(RoundStart.WarmStart)} an update holds what its client started from too, which clipping and policies of ranks would cut. Bound the rank by {nameof(FederatedRunOptions.CumulativeRank)}.",
                nameof(options));
        }

        if (options is { Start: RoundStart.WarmStart, Stale.MaxRounds: > 0 })
        {
            throw new ArgumentException($"With {nameof(RoundStart.WarmStart)} a late update goes on with an aggregate that is no more: it cannot be accepted.", nameof(options));
        }

        _device = device;
        _trainer = trainer;
        _clients = [.. clients];
        _options = options;
        _logger = logger ?? NullLogger<FederatedRun>.Instance;
    }

    /// <summary>Runs the rounds that are not finished yet. Run it again with the same folder to continue after a kill, an error or a cancellation, or with more rounds.</summary>
    /// <param name="folder">The run's folder; it is created. Nothing else writes there.</param>
    /// <param name="progress">Is told of clients, modules and rounds, from several threads.</param>
    /// <param name="cancellationToken">Cancels the trainers and stops between tiles; what was received stays.</param>
    /// <returns>What happened in all rounds, those of earlier processes included.</returns>
    /// <exception cref="FederationException">
    /// A round has fewer valid updates than the quorum (<see cref="FederationError.TooFewUpdates"/>, with every reason): run again and the clients without one
    /// are asked once more. Or the method refuses the updates, or the folder's files were changed (<see cref="FederationError.RunChanged"/>).
    /// </exception>
    /// <exception cref="JournalException">The folder's run had other settings, its journal is damaged, or another process continues it.</exception>
    /// <exception cref="CheckpointException">An adapter cannot be written.</exception>
    /// <exception cref="IOException">A file of the folder cannot be written or read.</exception>
    public async Task<FederatedRunResult> RunAsync(string folder, IProgress<FederatedRunProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        RunFolder paths = new(folder);
        string initialState = _options.BaseState ?? ModelState.OfName(_options.BaseModel);
        using RunJournal<RunRecord> journal = RunJournal.Open(
            paths.Journal, $"start {_options.Start}, cumulative rank {_options.CumulativeRank?.ToString(CultureInfo.InvariantCulture) ?? "none"}, seed {_options.Seed}, base state {initialState}", RunJson.Default.RunRecord);
        RunHistory history = new(initialState, journal.Records);
        RunContext context = new(_options, _device, paths, journal, history, _logger, progress);
        List<RoundManifest> manifests = [.. history.Finished.Select(record => ReadFinished(record, paths))];
        if (manifests.Count > 0 || history.Selected is not null)
        {
            FederationLog.Resumed(_logger, paths.Path, manifests.Count, history.Outcomes.Count);
        }

        for (int round = manifests.Count; round < _options.Rounds; round++)
        {
            using Activity? activity = FederationTelemetry.Activities.StartActivity("federated round");
            activity?.SetTag("round", round);
            await new RoundTraining(context, _trainer, _clients).RunAsync(round, manifests.LastOrDefault(), cancellationToken).ConfigureAwait(false);
            RoundManifest manifest = new RoundAggregation(context).Run(round, manifests.LastOrDefault(), cancellationToken);
            manifests.Add(manifest);
            FederationTelemetry.Count(manifest);
            FederationLog.Finished(_logger, round, manifest.Clients.Count, manifest.StateAfter);
            progress?.Report(new FederatedRunProgress(round, _options.Rounds, RoundStage.Finished, manifest.Clients.Count, manifest.Clients.Count));
        }

        return new FederatedRunResult(paths.Path, history.States[^1], manifests, paths.InRound(manifests.Count - 1, RunFolder.Global));
    }

    private static RoundManifest ReadFinished(RunRecord record, RunFolder paths)
    {
        string path = paths.Manifest(record.Round);
        byte[] content = File.Exists(path) ? File.ReadAllBytes(path) : [];
        if (!string.Equals(Convert.ToHexStringLower(SHA256.HashData(content)), record.Manifest, StringComparison.Ordinal))
        {
            throw new FederationException(
                FederationError.RunChanged, $"'{path}' is missing or no longer what the journal says. Restore it, or begin the run anew in another folder.");
        }

        RoundManifest manifest = RoundManifest.Parse(content, path);
        foreach (ManifestFile file in manifest.Files.Concat(manifest.Cumulative?.Files ?? []))
        {
            paths.EnsureUnchanged(record.Round, file);
        }

        return manifest;
    }
}
