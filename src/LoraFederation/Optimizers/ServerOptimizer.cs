using LoraFederation.Aggregators;
using ModelTensors.Adapters;

namespace LoraFederation.Optimizers;

/// <summary>An optimiser of the server: it takes the aggregate of a round for a step of a descent, and makes the step that is really taken.</summary>
/// <remarks>
/// Reddi et al. 2021, "Adaptive Federated Optimization" (arXiv 2003.00295), algorithm 1. Where it differs: a step is a low-rank product, which clients merge into their
/// base, not a change of factors. Factors of two rounds do not add up: the same product has many.
/// </remarks>
public abstract record ServerOptimizer
{
    /// <summary>Gets the name, such as <c>fedavgm</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the number of adapters that are remembered from round to round.</summary>
    public abstract int StateCount { get; }

    /// <summary>Makes the step of a round. Tensors that replace the model's in full pass through.</summary>
    /// <param name="update">The round's aggregate: all of it, so not of a method that leaves a residual.</param>
    /// <param name="state">What the last step returned; empty in the first round.</param>
    /// <param name="context">What to compute with.</param>
    /// <exception cref="ArgumentException">The state is not of this optimiser.</exception>
    /// <exception cref="FederationException">The aggregate does not have what the optimiser needs.</exception>
    public ServerStep Step(LoraAdapter update, IReadOnlyList<LoraAdapter> state, AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(update);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(context);
        if (state.Count != 0 && state.Count != StateCount)
        {
            throw new ArgumentException($"Optimiser '{Name}' remembers {StateCount} adapters; the state has {state.Count}.", nameof(state));
        }

        string[] paths = [.. state.Prepend(update).SelectMany(adapter => adapter.Modules).Select(module => module.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        ModuleStep[] steps = [.. paths.Select(path => StepModule(Find(update, path), [.. state.Select(adapter => Find(adapter, path))], context))];
        LoraAdapterWriterOptions options = new()
        {
            BaseModel = update.Config.BaseModel,
            TaskType = update.Config.TaskType,
            IsFanInFanOut = update.Config.IsFanInFanOut,
        };
        return new ServerStep(
            new LoraAdapter(steps.Select(step => step.Update), update.WholeTensors, options),
            [.. Enumerable.Range(0, StateCount).Select(index => new LoraAdapter(steps.Select(step => step.State[index]), null, options))]);
    }

    /// <summary>Makes the step of one module.</summary>
    /// <param name="update">The aggregate; null where no client of this round had the module, or its update was left out: zero.</param>
    /// <param name="state">What is remembered; empty in the first round, with nulls for a module that is new.</param>
    /// <param name="context">What to compute with.</param>
    protected abstract ModuleStep StepModule(LoraModule? update, IReadOnlyList<LoraModule?> state, AggregationContext context);

    private static LoraModule? Find(LoraAdapter adapter, string path) => adapter.TryGet(path, out LoraModule? module) ? module : null;
}
