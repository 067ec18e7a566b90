using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using LoraFederation.Privacy;
using LoraFederation.Ranks;
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
    private readonly List<DataType> _types = [];

    // What the error of modules is measured against that are cut when all are there.
    private readonly List<(ModuleContributions Module, LoraModule? Residual)> _cutLater = [];

    public IReadOnlyList<ModuleReport> Reports => _reports;

    public void Add(ModuleContributions module)
    {
        // What is decomposed afterwards is not rounded before.
        AggregatedModule aggregated = recipe.Aggregator.Aggregate(module, recipe.Ranks is null ? context : context with { OutputType = DataType.F32 });
        DataType type = recipe.OutputType ?? module.CommonType;
        LoraModule global = aggregated.Global;
        if (recipe.Ranks?.EachModule is { } rule)
        {
            global = Cut(global, rule);
        }

        bool isCutLater = recipe.Ranks is { EachModule: null };
        global = Convert(global, isCutLater ? DataType.F32 : type, Bias(module, context));
        _global.Add(global);
        _types.Add(type);
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

        _reports.Add(new ModuleReport(module.Path, module.Clients.Count, module.TotalRank, (int)global.Rank, Parameters(global))
        {
            RelativeError = recipe.MeasuresError && !isCutLater ? Error(module, global, aggregated.Residual) : null,
        });
        if (recipe.MeasuresError && isCutLater)
        {
            _cutLater.Add((module, aggregated.Residual));
        }
    }

    public AggregationResult ToResult(
        Federation federation, IReadOnlyList<double> weights, IReadOnlyDictionary<string, TensorSource> whole, ClippingReport? clipping)
    {
        CutTogether();
        LoraConfig[] configs = [.. federation.Updates.Select(update => update.Adapter.Config)];
        LoraAdapterWriterOptions options = new()
        {
            BaseModel = Array.Find(configs, config => !string.IsNullOrEmpty(config.BaseModel))?.BaseModel,
            TaskType = Array.Find(configs, config => !string.IsNullOrEmpty(config.TaskType))?.TaskType,
            IsFanInFanOut = _global.Exists(module => module.IsTransposed),
            Ranks = recipe.Layout,
        };
        if (recipe.Ranks?.UniformRank((int)_global.Select(module => module.Rank).DefaultIfEmpty(1).Max()) is { } padded)
        {
            options = options with { Ranks = RankLayout.ZeroPadded, PaddedRank = padded };
        }

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

    private static long Parameters(LoraModule module) => module.A.Shape.ElementCount + module.B.Shape.ElementCount;

    private LoraModule Cut(LoraModule module, TruncationOptions rule)
    {
        using LowRankSum sum = new([new LowRankTerm(module, module.Scaling)]);
        return OrderedModules.Create(module, OrderedModules.Decompose(sum, rule, context));
    }

    // A policy that weighs modules against each other sees all their values first; the factors are then gone through once more.
    private void CutTogether()
    {
        if (recipe.Ranks is not { EachModule: null } policy)
        {
            return;
        }

        List<ModuleSpectrum> spectra = [];
        foreach (LoraModule module in _global)
        {
            using LowRankSum sum = new([new LowRankTerm(module, module.Scaling)]);
            spectra.Add(new ModuleSpectrum(
                module.Path, sum.Rows, sum.Columns, TruncatedSvd.Spectrum(sum, context.Device, cancellationToken: context.CancellationToken)));
        }

        IReadOnlyList<int> ranks = policy.Choose(spectra);
        for (int i = 0; i < _global.Count; i++)
        {
            LoraModule cut = Cut(_global[i], new TruncationOptions { MaximumRank = ranks[i] });
            _global[i] = Convert(cut, _types[i], _global[i].Bias);
            _reports[i] = _reports[i] with
            {
                Rank = (int)cut.Rank,
                Parameters = Parameters(cut),
                RelativeError = recipe.MeasuresError ? Error(_cutLater[i].Module, _global[i], _cutLater[i].Residual) : null,
            };
        }
    }

    /// <summary>The norm of what the result differs by from the exact sum, over the norm of that, from the factors of both.</summary>
    private double Error(ModuleContributions module, LoraModule global, LoraModule? residual)
    {
        LowRankTerm[] exact = [.. module.Clients.Select(client => new LowRankTerm(client.Module, client.Coefficient))];
        LowRankTerm[] result = [new(global, -global.Scaling), .. residual is null ? [] : new[] { new LowRankTerm(residual, -residual.Scaling) }];
        using LowRankSum both = new([.. exact, .. result]);
        FactorGrams grams = FactorGrams.Compute(both, context.Device, context.CancellationToken);
        ClientGram products = ClientGram.OfModule(both, grams, exact.Length + result.Length);
        double[] all = new double[products.Count];
        double[] clients = new double[products.Count];
        Array.Fill(all, 1);
        Array.Fill(clients, 1, 0, exact.Length);
        double norm = products.NormOfSum(clients);
        double difference = products.NormOfSum(all);
        return difference == 0 ? 0 : difference / norm;
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
