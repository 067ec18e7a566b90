using LoraFederation.Aggregators;
using LoraFederation.Aggregators.Peft;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace LoraFederation.Combining;

/// <summary>Makes one adapter of several with weights of any sign and sum, as PEFT's <c>add_weighted_adapter</c> does.</summary>
/// <remarks>
/// Where it differs from PEFT: a scaling counts once in the types with <c>svd</c>; scalings and ranks are each module's own, also with rsLoRA and patterns; the biases of
/// <c>lora_bias</c> are added up as <c>Σ w s b</c>; what is no plain product, such as DoRA, is refused. A module that an adapter lacks counts as zero there.
/// </remarks>
public static class AdapterCombination
{
    /// <summary>Combines adapters. The result does not depend on the number of threads.</summary>
    /// <param name="adapters">The adapters with their weights; at least one. A single one is scaled, whatever the type. They stay open until the result is saved.</param>
    /// <param name="options">How.</param>
    /// <param name="device">Computes.</param>
    /// <param name="cancellationToken">Stops between tiles.</param>
    /// <returns>An adapter in memory whose modules have the scaling one; <see cref="LoraAdapter.Save"/> writes it.</returns>
    /// <exception cref="ArgumentException">There are no adapters, or two share a name.</exception>
    /// <exception cref="FederationException">The adapters do not fit each other, two replace the same tensor in full, numbers are not finite, or the type needs equal ranks.</exception>
    public static LoraAdapter Combine(
        IReadOnlyList<WeightedAdapter> adapters, CombinationOptions options, TensorDevice device, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        ArgumentOutOfRangeException.ThrowIfZero(adapters.Count, nameof(adapters));
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(device);
        ClientUpdate[] updates = [.. adapters.Select((adapter, index) => new ClientUpdate(adapter.Name ?? $"adapter {index + 1}", adapter.Adapter))];
        if (updates.DistinctBy(update => update.ClientId, StringComparer.Ordinal).Count() < updates.Length)
        {
            throw new ArgumentException("Two adapters of a combination share a name.", nameof(adapters));
        }

        Check(updates, options, device, cancellationToken);
        LoraAggregator aggregator = adapters.Count == 1 ? new PeftLinearAggregator() : CombinationAggregators.Create(options);
        AggregationContext context = new(device) { OutputType = options.OutputType, Seed = options.Seed, CancellationToken = cancellationToken };
        List<LoraModule> modules = [];
        foreach (string path in updates.SelectMany(update => update.Adapter.Modules).Select(module => module.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<Contribution> contributions = [];
            for (int i = 0; i < updates.Length; i++)
            {
                if (updates[i].Adapter.TryGet(path, out LoraModule? module))
                {
                    contributions.Add(new Contribution(updates[i].ClientId, adapters[i].Weight, module));
                }
            }

            ModuleContributions all = new(contributions);
            modules.Add(ModuleAggregation.Convert(
                aggregator.Aggregate(all, context).Global, options.OutputType ?? all.CommonType, ModuleAggregation.Bias(all, context)));
        }

        LoraConfig[] configs = [.. updates.Select(update => update.Adapter.Config)];
        return new LoraAdapter(
            modules,
            updates.SelectMany(update => update.Adapter.WholeTensors).ToDictionary(StringComparer.Ordinal),
            new LoraAdapterWriterOptions
            {
                BaseModel = Array.Find(configs, config => !string.IsNullOrEmpty(config.BaseModel))?.BaseModel,
                TaskType = Array.Find(configs, config => !string.IsNullOrEmpty(config.TaskType))?.TaskType,
                IsFanInFanOut = modules.Exists(module => module.IsTransposed),
            });
    }

    private static void Check(ClientUpdate[] updates, CombinationOptions options, TensorDevice device, CancellationToken cancellationToken)
    {
        List<FederationProblem> problems =
        [
            .. FederationRules.Check(updates).Where(problem => !(options.AllowDifferentBases && problem.Error == FederationError.BaseMismatch)),
            .. updates.SelectMany(update => FiniteCheck.Check(update, device, cancellationToken)),
        ];
        Dictionary<string, string> owners = new(StringComparer.Ordinal);
        foreach (ClientUpdate update in updates)
        {
            foreach (string name in update.Adapter.WholeTensors.Keys.Where(name => !owners.TryAdd(name, update.ClientId)))
            {
                problems.Add(new FederationProblem(
                    FederationError.Unsupported,
                    $"'{owners[name]}' and '{update.ClientId}' both replace tensor '{name}' in full, and there is no sum of replacements: leave it out of all but one.",
                    update.ClientId,
                    name));
            }
        }

        if (problems.Count > 0)
        {
            throw new FederationException(problems);
        }
    }
}
