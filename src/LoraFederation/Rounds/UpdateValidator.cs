using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace LoraFederation.Rounds;

/// <summary>Tells the valid updates of a round from others: one client's fault costs the round that client, no more.</summary>
/// <remarks>
/// What an update has to have in common with the others is what the most of them have: the base model's name, and each module's kind and size. Where
/// as many say one thing as another, nobody can tell who is right, and both are put aside.
/// </remarks>
/// <param name="device">Looks for NaN and infinity; it stays the caller's.</param>
public sealed class UpdateValidator(TensorDevice device)
{
    /// <summary>Checks updates. The verdict does not depend on their order.</summary>
    /// <param name="updates">The updates, at most one of a client.</param>
    /// <param name="expected">What they should be.</param>
    /// <param name="cancellationToken">Stops between tensors.</param>
    /// <exception cref="FederationException">A client has two updates.</exception>
    public UpdateVerdict Validate(IEnumerable<ClientUpdate> updates, UpdateExpectations expected, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(updates);
        ArgumentNullException.ThrowIfNull(expected);
        ClientUpdate[] ordered = [.. updates.OrderBy(update => update.ClientId, StringComparer.Ordinal)];
        for (int i = 1; i < ordered.Length; i++)
        {
            if (string.Equals(ordered[i - 1].ClientId, ordered[i].ClientId, StringComparison.Ordinal))
            {
                throw new FederationException(FederationError.DuplicateClient, $"Client '{ordered[i].ClientId}' is there twice; each has one update a round.", ordered[i].ClientId);
            }
        }

        List<FederationProblem> problems = [];
        ClientUpdate[] sound = [.. ordered.Where(update => IsSound(update, expected, problems, cancellationToken))];
        problems.AddRange(MajorityRules.Check(sound));
        HashSet<string?> quarantined = new(problems.Select(problem => problem.ClientId), StringComparer.Ordinal);
        return new UpdateVerdict(
            [.. sound.Where(update => !quarantined.Contains(update.ClientId))], [.. problems.OrderBy(problem => problem.ClientId, StringComparer.Ordinal)]);
    }

    private bool IsSound(ClientUpdate update, UpdateExpectations expected, List<FederationProblem> problems, CancellationToken cancellationToken)
    {
        int before = problems.Count;
        problems.AddRange(CheckClaims(update, expected));
        problems.AddRange(FederationRules.CheckPlain(update));
        problems.AddRange(CheckModules(update, expected));
        if (problems.Count == before && !expected.AllowNonFinite)
        {
            problems.AddRange(CheckNumbers(update, cancellationToken));
        }

        return problems.Count == before;
    }

    private static IEnumerable<FederationProblem> CheckClaims(ClientUpdate update, UpdateExpectations expected)
    {
        string client = update.ClientId;
        int late = expected.Round - (update.Round ?? expected.Round);
        if (late < 0 || late > Math.Min(expected.Stale.MaxRounds, expected.EarlierStates.Count))
        {
            string policy = expected.Stale.MaxRounds == 0 ? "late ones are refused" : $"at most {expected.Stale.MaxRounds} rounds late are taken";
            yield return new FederationProblem(
                FederationError.RoundMismatch, $"The update of client '{client}' answers round {update.Round}, this is round {expected.Round}: {policy}.", client);
            yield break;
        }

        string state = late == 0 ? expected.BaseState : expected.EarlierStates[expected.Round - late];
        if (update.BaseState is { } own && !string.Equals(own, state, StringComparison.Ordinal))
        {
            yield return new FederationProblem(
                FederationError.BaseMismatch,
                $"The update of client '{client}' started from the base state {own}; round {expected.Round - late} starts from {state}.",
                client);
        }

        if (update.Examples > expected.Limits.MaxExamples)
        {
            yield return new FederationProblem(
                FederationError.OverLimit, $"Client '{client}' says that it has {update.Examples} examples; at most {expected.Limits.MaxExamples} are believed.", client);
        }
    }

    private static IEnumerable<FederationProblem> CheckModules(ClientUpdate update, UpdateExpectations expected)
    {
        string client = update.ClientId;
        foreach (LoraModule module in update.Adapter.Modules)
        {
            if (module.Rank > expected.Limits.MaxRank)
            {
                yield return new FederationProblem(
                    FederationError.OverLimit, $"Module '{module.Path}' of client '{client}' has rank {module.Rank}; at most {expected.Limits.MaxRank} is taken.", client, module.Path);
            }
        }

        if (expected.Base is null)
        {
            yield break;
        }

        IEnumerable<(string Module, string Tensor, TensorShape Shape)> changed = update.Adapter.Modules
            .Select(module => (module.Path, module.WeightName, module.UpdateShape))
            .Concat(update.Adapter.Modules.Where(module => module.Bias is not null).Select(module => (module.Path, module.BiasName, module.Bias!.Shape)))
            .Concat(update.Adapter.WholeTensors.Select(tensor => (tensor.Key, tensor.Key, tensor.Value.Shape)));
        foreach ((string module, string tensor, TensorShape shape) in changed)
        {
            if (!expected.Base.TryGet(tensor, out TensorSource? own))
            {
                yield return new FederationProblem(
                    FederationError.UnknownModule, $"The update of client '{client}' changes '{tensor}', which the base model does not have.", client, module);
            }
            else if (own.Shape != shape)
            {
                yield return new FederationProblem(
                    FederationError.ShapeMismatch, $"The update of client '{client}' changes '{tensor}' of shape {shape}; in the base model it is {own.Shape}.", client, module);
            }
        }
    }

    private IReadOnlyList<FederationProblem> CheckNumbers(ClientUpdate update, CancellationToken cancellationToken)
    {
        try
        {
            return [.. FiniteCheck.Check(update, device, cancellationToken)];
        }
        catch (ModelDataException e) when (e is not FederationException)
        {
            // The numbers could not all be read: a reason to put this update aside, not to end the round.
            return [new FederationProblem(FederationError.Unreadable, $"The update of client '{update.ClientId}' cannot be read in full: {e.Message}", update.ClientId, e.TensorName)];
        }
    }
}
