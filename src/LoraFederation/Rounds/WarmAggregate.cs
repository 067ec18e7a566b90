using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Rounds;

/// <summary>
/// The aggregate of clients that trained the first components of the last one and held the rest frozen: what they trained, aggregated, and what each of them
/// held, weighted likewise, <c>Σ p_k (s_k B_k A_k + frozen_k)</c>, at bounded rank and in the order that the next round splits.
/// </summary>
internal sealed class WarmAggregate(RunContext context, AggregationRecipe recipe, int maximumRank)
{
    // What a sum of weights lacks to one by rounding is nobody's weight.
    private const double Rounding = 1e-12;

    /// <summary>Writes the aggregate.</summary>
    /// <param name="round">The round.</param>
    /// <param name="result">The aggregate of what clients trained.</param>
    /// <param name="updates">What they trained.</param>
    /// <param name="ranks">How many components each client was to train, by its name.</param>
    /// <param name="previous">What the last round wrote; null in the first.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public ManifestCumulative Save(
        int round, AggregationResult result, IReadOnlyList<ClientUpdate> updates, IReadOnlyDictionary<string, int> ranks, ManifestCumulative? previous, CancellationToken cancellationToken)
    {
        if (result.Personal.Count > 0)
        {
            throw new FederationException(
                FederationError.Unsupported, $"Method '{recipe.Aggregator.Name}' makes adapters of single clients; {nameof(RoundStart)}.{nameof(RoundStart.WarmStart)} splits one aggregate for all.");
        }

        Federation federation = Federation.Create(updates);
        double[] weights = [.. federation.Updates.Select(update => result.Weights[update.ClientId])];
        using LoraAdapter? last = round == 0 ? null : LoraAdapter.Open(context.Folder.InRound(round - 1, RunFolder.Global));
        using AccumulatedAdapter sum = new(context.Device, maximumRank, previous, cancellationToken);
        IEnumerable<string> paths = result.Adapter.Modules.Concat(last?.Modules ?? []).Select(module => module.Path).Distinct(StringComparer.Ordinal);
        foreach (string path in paths.Order(StringComparer.Ordinal))
        {
            List<LowRankTerm> terms = [];
            List<(double, TensorSource)> biases = [];
            DataType type = recipe.OutputType ?? DataType.F32;
            LoraModule? held = last?.TryGet(path, out LoraModule? module) == true ? module : null;
            (int Rank, double Weight)[] trained = [];
            if (result.Adapter.TryGet(path, out LoraModule? own))
            {
                terms.Add(new LowRankTerm(own, own.Scaling));
                trained = [.. federation.Contributions(path, weights, recipe.Missing).Clients.Select(client => (ranks[client.ClientId], client.Weight))];
                if (own.Bias is { } bias)
                {
                    biases.Add((own.Scaling, bias));
                }
            }

            if (result.Residual?.TryGet(path, out LoraModule? residual) == true)
            {
                terms.Add(new LowRankTerm(residual, residual.Scaling));
            }

            if (held is not null)
            {
                terms.AddRange(Held(held, trained));
                double rest = 1 - trained.Sum(client => client.Weight);
                if (held.Bias is { } bias && Math.Abs(rest) > Rounding)
                {
                    biases.Add((rest, bias));
                }
            }

            sum.Add(terms, biases, type);
        }

        LoraConfig config = result.Adapter.Config;
        LoraAdapterWriterOptions options = new() { BaseModel = config.BaseModel, TaskType = config.TaskType, IsFanInFanOut = config.IsFanInFanOut, Ranks = recipe.Layout };
        sum.Save(context.Folder.InRound(round, RunFolder.Global), result.Adapter.WholeTensors, options);
        context.Step("global");
        return new ManifestCumulative([], sum.Reports);
    }

    /// <summary>Returns the components that were held, in runs that as many clients held: a client that did not train the module held all of it.</summary>
    private static IEnumerable<LowRankTerm> Held(LoraModule held, (int Rank, double Weight)[] trained)
    {
        double rest = 1 - trained.Sum(client => client.Weight);
        int[] starts = [0, .. trained.Select(client => client.Rank).Where(rank => rank < held.Rank).Distinct().Order()];
        for (int i = 0; i < starts.Length; i++)
        {
            int end = i + 1 < starts.Length ? starts[i + 1] : (int)held.Rank;
            double weight = rest + trained.Where(client => client.Rank <= starts[i]).Sum(client => client.Weight);
            if (Math.Abs(weight) > Rounding)
            {
                yield return new LowRankTerm(WarmStarts.Part(held, starts[i], end - starts[i]), weight);
            }
        }
    }
}
