using System.Security.Cryptography;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Rounds;

/// <summary>Checks the updates of a round, aggregates the valid ones, and puts the result, its manifest and the record of both on the disk, in this order.</summary>
internal sealed class RoundAggregation(RunContext context)
{
    private readonly FederatedRunOptions _options = context.Options;
    private readonly RunFolder _folder = context.Folder;

    /// <summary>Aggregates a round.</summary>
    /// <param name="round">The round.</param>
    /// <param name="previous">The manifest of the round before; null for the first.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public RoundManifest Run(int round, RoundManifest? previous, CancellationToken cancellationToken)
    {
        IReadOnlyList<RunRecord> outcomes = context.History.Outcomes;
        List<LoraAdapter> adapters = [];
        try
        {
            List<FederationProblem> quarantined = [.. outcomes.Where(outcome => outcome.Kind == RunRecordKind.Refused).SelectMany(outcome => outcome.Problems!)];
            ClientUpdate[] updates = [.. outcomes.Where(outcome => outcome.Kind == RunRecordKind.Received).Select(outcome => Open(outcome, adapters, quarantined)).OfType<ClientUpdate>()];
            context.Progress?.Report(new FederatedRunProgress(round, _options.Rounds, RoundStage.Validating, updates.Length, outcomes.Count));
            UpdateVerdict verdict = new UpdateValidator(context.Device).Validate(updates, Expectations(round), cancellationToken);
            foreach (FederationProblem problem in verdict.Quarantined)
            {
                FederationLog.Quarantined(context.Logger, round, problem.Message);
            }

            quarantined.AddRange(verdict.Quarantined);
            FederationProblem[] lost = [.. outcomes.Where(outcome => outcome.Kind == RunRecordKind.Lost).SelectMany(outcome => outcome.Problems!)];
            RequireQuorum(round, verdict.Valid, [.. quarantined.Concat(lost)]);
            new UpdateStore(_folder, context.Device, _options.Limits).Clean(round, outcomes.Where(outcome => outcome.Kind == RunRecordKind.Received).Select(outcome => outcome.Client!));
            RoundManifest manifest = Aggregate(round, previous?.Cumulative, verdict.Valid, outcomes, cancellationToken) with
            {
                Quarantined = [.. quarantined.OrderBy(problem => problem.ClientId, StringComparer.Ordinal)],
                Lost = lost,
            };
            byte[] content = manifest.Write(_folder.Manifest(round));
            context.Step("manifest");
            context.Record(new RunRecord(RunRecordKind.Finished, round) { State = manifest.StateAfter, Manifest = Convert.ToHexStringLower(SHA256.HashData(content)) });
            return manifest;
        }
        finally
        {
            adapters.ForEach(adapter => adapter.Dispose());
        }
    }

    private ClientUpdate? Open(RunRecord outcome, List<LoraAdapter> adapters, List<FederationProblem> quarantined)
    {
        try
        {
            LoraAdapter adapter = LoraAdapter.Open(_folder.Update(outcome.Round, outcome.Client!));
            adapters.Add(adapter);
            return new ClientUpdate(outcome.Client!, adapter, outcome.Examples)
            {
                // A late update says what it started from, or nothing is known of it.
                BaseState = outcome.BaseState ?? (outcome.Answers is null ? context.History.States[outcome.Round] : null),
                Round = outcome.Answers ?? outcome.Round,
            };
        }
        catch (ModelDataException e)
        {
            FederationProblem problem = new(FederationError.Unreadable, $"The update of client '{outcome.Client}' is no plain LoRA adapter that can be read: {e.Message}", outcome.Client);
            FederationLog.Quarantined(context.Logger, outcome.Round, problem.Message);
            quarantined.Add(problem);
            return null;
        }
    }

    private UpdateExpectations Expectations(int round) => new(round, context.History.States[round])
    {
        Stale = _options.Stale,
        EarlierStates = [.. context.History.States.Take(round)],
        Limits = _options.Limits,
        Base = _options.Base,
        AllowNonFinite = _options.Recipe.AllowNonFinite,
    };

    private void RequireQuorum(int round, IReadOnlyList<ClientUpdate> valid, IReadOnlyList<FederationProblem> problems)
    {
        if (valid.Count >= _options.Quorum)
        {
            return;
        }

        context.Record(new RunRecord(RunRecordKind.Failed, round) { Clients = [.. valid.Select(update => update.ClientId)] });
        throw new FederationException(
        [
            new FederationProblem(
                FederationError.TooFewUpdates,
                $"Round {round} has {valid.Count} valid updates of {context.History.Selected!.Count} clients; the quorum is {_options.Quorum}. Run it again and those without one are asked once more."),
            .. problems,
        ]);
    }

    private RoundManifest Aggregate(
        int round, ManifestCumulative? previous, IReadOnlyList<ClientUpdate> valid, IReadOnlyList<RunRecord> outcomes, CancellationToken cancellationToken)
    {
        Dictionary<string, RunRecord> received = outcomes.ToDictionary(outcome => outcome.Client!, StringComparer.Ordinal);
        Dictionary<string, int> late = valid.ToDictionary(update => update.ClientId, update => round - update.Round!.Value, StringComparer.Ordinal);
        AggregationRecipe recipe = Recipe(round, late);

        // What they claim is checked, and may differ where late ones are taken.
        ClientUpdate[] updates = [.. valid.Select(update => new ClientUpdate(update.ClientId, update.Adapter, update.Examples))];
        InlineProgress<AggregationProgress> progress = new(value => context.Progress?.Report(
            new FederatedRunProgress(round, _options.Rounds, RoundStage.Aggregating, value.ModulesDone, value.ModuleCount)));
        AggregationResult result = new LoraFederator(context.Device).Aggregate(recipe, updates, progress, cancellationToken);
        ManifestCumulative? cumulative = null;
        if (_options.Start == RoundStart.WarmStart)
        {
            Dictionary<string, int> ranks = received.ToDictionary(client => client.Key, client => client.Value.Rank, StringComparer.Ordinal);
            cumulative = new WarmAggregate(context, recipe, _options.CumulativeRank ?? int.MaxValue).Save(round, result, updates, ranks, previous, cancellationToken);
        }
        else
        {
            Save(round, result, cancellationToken);
            cumulative = _options.CumulativeRank is { } rank ? new CumulativeRounds(context, rank).Save(round, previous, cancellationToken) : null;
        }

        string[] emitted = [_folder.InRound(round, RunFolder.Global), _folder.InRound(round, RunFolder.Residual), _folder.InRound(round, RunFolder.Personal)];
        IReadOnlyList<ManifestFile> files = _folder.Describe(round, emitted);
        string before = context.History.States[round];
        CommunicationCost cost = CommunicationCost.Predict(recipe, Federation.Create(updates));
        return new RoundManifest
        {
            Round = round,
            StateBefore = before,
            StateAfter = ModelState.Next(before, files),
            Start = _options.Start,
            Seed = _options.Seed,
            Selection = _options.Selection.Name,
            Recipe = Describe(recipe),
            Libraries = Libraries(),
            Clients = [.. updates.Select((update, index) => Describe(update, received[update.ClientId], late[update.ClientId], result.Weights[update.ClientId], cost.Upload[index], cost.Download[index]))],
            Quarantined = [],
            Lost = [],
            Modules = result.Modules,
            ServerOperations = cost.ServerOperations,
            Cumulative = cumulative,
            Files = files,
        };
    }

    private AggregationRecipe Recipe(int round, Dictionary<string, int> late)
    {
        PhiloxKey seed = Philox.DeriveKey(_options.Recipe.Seed, "aggregate", $"{round}");
        Dictionary<string, double> factors = late.ToDictionary(client => client.Key, client => _options.Stale.WeightOf(client.Value), StringComparer.Ordinal);
        return _options.Recipe with
        {
            Round = round,
            Seed = ((ulong)seed.High << 32) | seed.Low,
            Weights = late.Values.Any(rounds => rounds > 0) ? new StaleWeighting(_options.Recipe.Weights, factors) : _options.Recipe.Weights,

            // They were looked for already, in the same files.
            AllowNonFinite = true,
        };
    }

    private void Save(int round, AggregationResult result, CancellationToken cancellationToken)
    {
        result.Save(_folder.InRound(round, RunFolder.Global), overwrite: false, cancellationToken);
        context.Step("global");
        if (result.Residual is { } residual)
        {
            result.Save(residual, _folder.InRound(round, RunFolder.Residual), overwrite: false, cancellationToken);
            context.Step("residual");
        }

        foreach ((string client, LoraAdapter adapter) in result.Personal)
        {
            result.Save(adapter, _folder.PersonalOf(round, client), overwrite: false, cancellationToken);
            context.Step("personal");
        }
    }

    private ManifestClient Describe(ClientUpdate update, RunRecord received, int late, double weight, long upload, long download)
    {
        string own = _folder.PersonalOf(received.Round, update.ClientId);
        string[] sent = [Directory.Exists(own) ? own : _folder.InRound(received.Round, RunFolder.Global), _folder.InRound(received.Round, RunFolder.Residual)];
        return new ManifestClient(
            update.ClientId,
            weight,
            update.Examples,
            late,
            (int)update.Adapter.Modules.Select(module => module.Rank).DefaultIfEmpty().Min(),
            (int)update.Adapter.Modules.Select(module => module.Rank).DefaultIfEmpty().Max(),
            new ManifestTraffic(upload, received.Files!.Sum(file => file.Bytes)),
            new ManifestTraffic(download, RunFolder.Length(sent)),
            received.Files!);
    }

    private static ManifestRecipe Describe(AggregationRecipe recipe) => new(
        recipe.Aggregator.Name, recipe.Aggregator.Exactness, recipe.Weights.Name, recipe.Missing, recipe.Placement, recipe.Layout, recipe.OutputType, recipe.Ranks?.ToString(), recipe.Clipping?.Norm, recipe.Seed);

    private static SortedDictionary<string, string> Libraries() => new(
        new[] { typeof(RoundAggregation), typeof(Philox) }.Select(type => type.Assembly.GetName()).ToDictionary(name => name.Name!, name => name.Version!.ToString(3), StringComparer.Ordinal),
        StringComparer.Ordinal);
}
