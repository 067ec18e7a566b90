using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using LoraFederation.Privacy;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices;

namespace LoraFederation;

/// <summary>Aggregates the LoRA adapters of many clients. Safe to use from several threads.</summary>
/// <param name="device">Computes; it stays the caller's.</param>
public sealed class LoraFederator(TensorDevice device)
{
    /// <summary>Aggregates updates, module by module. The result does not depend on the order of the updates, nor on the number of threads.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="updates">The clients' updates; at least one. Their adapters stay open until the result is saved.</param>
    /// <param name="progress">Is told of each module.</param>
    /// <param name="cancellationToken">Stops between tiles.</param>
    /// <exception cref="FederationException">The updates do not fit each other, or lack what the method needs.</exception>
    /// <exception cref="ModelDataException">An adapter cannot be read in full.</exception>
    public AggregationResult Aggregate(
        AggregationRecipe recipe, IEnumerable<ClientUpdate> updates, IProgress<AggregationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        Federation federation = Federation.Create(updates);
        AggregationContext context = new(device)
        {
            OutputType = recipe.OutputType,
            Placement = recipe.Placement,
            Round = recipe.Round,
            Seed = recipe.Seed,
            CancellationToken = cancellationToken,
        };
        if (!recipe.AllowNonFinite)
        {
            FiniteCheck.Require(federation, device, cancellationToken);
        }

        ClippingReport? clipping = null;
        if (recipe.Clipping is { } clip)
        {
            (federation, clipping) = clip.Apply(federation, context);
            context = context with { ClipNorm = clip.Norm };
        }

        double[] weights = Scale(recipe.Weights.Weigh(federation, context), federation, recipe.Weights.IsRelative ? 1 : null);
        weights = Scale(recipe.Aggregator.Reweigh(federation, weights, context), federation, weights.Sum());
        ModuleAggregation modules = new(recipe, context);
        foreach (string path in federation.ModulePaths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            modules.Add(federation.Contributions(path, weights, recipe.Missing));
            progress?.Report(new AggregationProgress(modules.Reports.Count, federation.ModulePaths.Count, path));
        }

        Dictionary<string, TensorSource> whole = new(StringComparer.Ordinal);
        foreach (string name in federation.WholeTensorNames)
        {
            IReadOnlyList<(double Weight, TensorSource Source)> tensors = federation.WholeTensors(name, weights, recipe.Missing);
            DataType type = tensors.All(tensor => tensor.Source.DataType == tensors[0].Source.DataType) ? tensors[0].Source.DataType : DataType.F32;
            whole.Add(name, ConvertedSource.Of(FactorMeans.Sum(tensors, context).Source, type));
        }

        return modules.ToResult(federation, weights, whole, clipping);
    }

    /// <summary>Checks weights and brings their sum to a total, if one is wanted.</summary>
    private static double[] Scale(IReadOnlyList<double> weights, Federation federation, double? total)
    {
        for (int i = 0; i < weights.Count; i++)
        {
            if (!(weights[i] >= 0 && double.IsFinite(weights[i])))
            {
                string client = federation.Updates[i].ClientId;
                throw new FederationException(FederationError.Weights, $"Client '{client}' has the weight {weights[i]}; weights are finite and not negative.", client);
            }
        }

        double sum = weights.Sum();
        return sum > 0 && double.IsFinite(sum)
            ? [.. weights.Select(weight => total is { } wanted ? weight / sum * wanted : weight)]
            : throw new FederationException(FederationError.Weights, $"The clients' weights have the sum {sum}: at least one has to be above zero.");
    }
}
