using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation;

/// <summary>What updates have to have in common, whatever becomes of them.</summary>
internal static class FederationRules
{
    /// <summary>Checks updates against each other; the first client that has a module is the measure for the others.</summary>
    public static IReadOnlyList<FederationProblem> Check(IReadOnlyList<ClientUpdate> updates)
    {
        List<FederationProblem> problems = [];
        if (updates.Count == 0)
        {
            problems.Add(new FederationProblem(FederationError.TooFewUpdates, "There are no updates to aggregate."));
            return problems;
        }

        Dictionary<string, (ClientUpdate Owner, LoraModule Module)> modules = new(StringComparer.Ordinal);
        Dictionary<string, (ClientUpdate Owner, TensorShape Shape)> whole = new(StringComparer.Ordinal);
        ClientUpdate first = updates[0];
        string? previous = null;
        foreach (ClientUpdate update in updates)
        {
            if (string.Equals(update.ClientId, previous, StringComparison.Ordinal))
            {
                problems.Add(new FederationProblem(FederationError.DuplicateClient, $"Client '{update.ClientId}' is there twice; each has one update a round.", update.ClientId));
            }

            previous = update.ClientId;
            problems.AddRange(CheckPlain(update));
            problems.AddRange(CheckBase(first, update));
            foreach (LoraModule module in update.Adapter.Modules)
            {
                if (!modules.TryAdd(module.Path, (update, module)))
                {
                    problems.AddRange(CheckModule(modules[module.Path].Owner, modules[module.Path].Module, update, module));
                }
            }

            foreach ((string name, TensorSource source) in update.Adapter.WholeTensors)
            {
                if (!whole.TryAdd(name, (update, source.Shape)) && whole[name].Shape != source.Shape)
                {
                    problems.Add(new FederationProblem(
                        FederationError.ShapeMismatch,
                        $"Tensor '{name}': shape {whole[name].Shape} with client '{whole[name].Owner.ClientId}', {source.Shape} with '{update.ClientId}'.",
                        update.ClientId,
                        name));
                }
            }
        }

        return problems;
    }

    /// <summary>Checks that an update is a sum of products and nothing else: what DoRA's magnitudes rescale does not add up.</summary>
    public static IEnumerable<FederationProblem> CheckPlain(ClientUpdate update)
    {
        LoraModule[] rescaled = [.. update.Adapter.Modules.Where(module => module.Magnitude is not null)];
        if (rescaled.Length > 0)
        {
            yield return new FederationProblem(
                FederationError.Unsupported,
                $"Client '{update.ClientId}' has {rescaled.Length} modules of DoRA, such as '{rescaled[0].Path}': no sum of products stands for them. Train plain LoRA.",
                update.ClientId,
                rescaled[0].Path);
        }
    }

    private static IEnumerable<FederationProblem> CheckBase(ClientUpdate first, ClientUpdate update)
    {
        string? expected = first.Adapter.Config.BaseModel;
        string? own = update.Adapter.Config.BaseModel;
        if (!string.IsNullOrEmpty(expected) && !string.IsNullOrEmpty(own) && !string.Equals(expected, own, StringComparison.Ordinal))
        {
            yield return new FederationProblem(
                FederationError.BaseMismatch, $"Client '{first.ClientId}' trained on '{expected}', '{update.ClientId}' on '{own}'.", update.ClientId);
        }

        if (first.BaseState is not null && update.BaseState is not null && !string.Equals(first.BaseState, update.BaseState, StringComparison.Ordinal))
        {
            yield return new FederationProblem(
                FederationError.BaseMismatch,
                $"Client '{first.ClientId}' started from the base state {first.BaseState}, '{update.ClientId}' from {update.BaseState}: their updates do not add up.",
                update.ClientId);
        }

        if (first.Round is { } round && update.Round is { } ownRound && round != ownRound)
        {
            yield return new FederationProblem(
                FederationError.RoundMismatch, $"Client '{first.ClientId}' answers round {round}, '{update.ClientId}' round {ownRound}.", update.ClientId);
        }
    }

    private static IEnumerable<FederationProblem> CheckModule(ClientUpdate owner, LoraModule expected, ClientUpdate update, LoraModule module)
    {
        if (expected.Kind != module.Kind || expected.IsTransposed != module.IsTransposed)
        {
            yield return new FederationProblem(
                FederationError.KindMismatch,
                $"Module '{module.Path}': {Kind(expected)} with client '{owner.ClientId}', {Kind(module)} with '{update.ClientId}'.",
                update.ClientId,
                module.Path);
        }
        else if (expected.UpdateShape != module.UpdateShape)
        {
            yield return new FederationProblem(
                FederationError.ShapeMismatch,
                $"Module '{module.Path}': an update of {expected.UpdateShape} with client '{owner.ClientId}', of {module.UpdateShape} with '{update.ClientId}'.",
                update.ClientId,
                module.Path);
        }
    }

    private static string Kind(LoraModule module) => $"{module.Kind.ToString().ToLowerInvariant()}{(module.IsTransposed ? " [in, out]" : string.Empty)}";
}
