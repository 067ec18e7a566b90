using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using LoraFederation.Privacy;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation;

/// <summary>Collects the modules of an aggregation as they are made.</summary>
internal sealed class ModuleAggregation(AggregationRecipe recipe, AggregationContext context)
{
    private readonly List<LoraModule> _global = [];
    private readonly List<LoraModule> _residual = [];
    private readonly SortedDictionary<string, List<LoraModule>> _personal = new(StringComparer.Ordinal);
    private readonly List<ModuleReport> _reports = [];

    public IReadOnlyList<ModuleReport> Reports => _reports;

    public void Add(ModuleContributions module)
    {
        AggregatedModule aggregated = recipe.Aggregator.Aggregate(module, context);
        DataType type = recipe.OutputType ?? module.CommonType;
        LoraModule global = Convert(aggregated.Global, type, Bias(module, context));
        _global.Add(global);
        if (aggregated.Residual is { } residual)
        {
            _residual.Add(Convert(residual, type, null));
        }

        foreach ((string client, LoraModule own) in aggregated.Personal)
        {
            if (!_personal.TryGetValue(client, out List<LoraModule>? modules))
            {
                _personal.Add(client, modules = []);
            }

            modules.Add(Convert(own, type, Unscaled(global.Bias, own.Scaling)));
        }

        _reports.Add(new ModuleReport(
            module.Path, module.Clients.Count, module.TotalRank, (int)global.Rank, global.A.Shape.ElementCount + global.B.Shape.ElementCount));
    }

    public AggregationResult ToResult(
        Federation federation, IReadOnlyList<double> weights, IReadOnlyDictionary<string, TensorSource> whole, ClippingReport? clipping)
    {
        LoraConfig[] configs = [.. federation.Updates.Select(update => update.Adapter.Config)];
        LoraAdapterWriterOptions options = new()
        {
            BaseModel = Array.Find(configs, config => !string.IsNullOrEmpty(config.BaseModel))?.BaseModel,
            TaskType = Array.Find(configs, config => !string.IsNullOrEmpty(config.TaskType))?.TaskType,
            IsFanInFanOut = _global.Exists(module => module.IsTransposed),
            Ranks = recipe.Layout,
        };
        return new AggregationResult(
            context.Device,
            options,
            new LoraAdapter(_global, whole, options),
            federation.Updates.Select((update, index) => KeyValuePair.Create(update.ClientId, weights[index])).ToDictionary(StringComparer.Ordinal))
        {
            Residual = _residual.Count == 0 ? null : new LoraAdapter(_residual, null, options),
            Personal = _personal.ToDictionary(client => client.Key, client => new LoraAdapter(client.Value, whole, options), StringComparer.Ordinal),
            Modules = _reports,
            Clipping = clipping,
        };
    }

    /// <summary>Adds up biases like the products, whatever the method does with factors: <c>Σ p_k s_k b_k</c>; null where there are none.</summary>
    public static TensorSource? Bias(ModuleContributions module, AggregationContext context)
    {
        (double, TensorSource)[] terms = [.. module.Clients.Where(client => client.Module.Bias is not null).Select(client => (client.Coefficient, client.Module.Bias!))];
        return terms.Length == 0 ? null : FactorMeans.Sum(terms, context).Source;
    }

    // A module's bias is scaled like its product; a scaling of zero leaves nothing of either.
    private static TensorSource? Unscaled(TensorSource? bias, double scaling) =>
        bias is null || scaling.Equals(0.0) ? null : ConvertedSource.Of(bias, DataType.F32, (float)(1 / scaling));

    /// <summary>Gives a module its type and bias.</summary>
    public static LoraModule Convert(LoraModule module, DataType type, TensorSource? bias) => new(
        module.Path,
        module.Kind,
        ConvertedSource.Of(module.A, type),
        ConvertedSource.Of(module.B, type),
        module.Scaling,
        bias is null ? null : ConvertedSource.Of(bias, type),
        module.IsTransposed);
}
