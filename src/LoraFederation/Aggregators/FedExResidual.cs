using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>What a product of means lacks to the exact sum, as factors side by side: <c>Σ p_k s_k B_k A_k − B̂ Â</c>.</summary>
internal static class FedExResidual
{
    // Weights that were brought to a sum of one have it to a few roundings.
    private const double WeightTolerance = 1e-12;

    /// <summary>Creates the residual.</summary>
    /// <param name="module">The clients' factors, of one rank r.</param>
    /// <param name="mean">Their means Â and B̂, each with half of the scalings.</param>
    /// <param name="context">Computes.</param>
    /// <returns>A module of rank (K−1)·r, or K·r where a client lacks it and counts as zero; null when it is zero.</returns>
    /// <remarks>
    /// With weights of sum one <c>Σ p_k (B_k − B̂) = 0</c>, so <c>Σ p_k (B_k − B̂)(A_k − X)</c> is the residual for any X. With X the A of one client its term is
    /// zero. An absent client is one of zero factors: X is its A, zero.
    /// </remarks>
    public static LoraModule? Create(ModuleContributions module, LoraModule mean, AggregationContext context)
    {
        bool isComplete = Math.Abs(module.TotalWeight - 1) <= WeightTolerance;
        Contribution? pivot = isComplete ? module.Clients[^1] : null;
        Contribution[] others = [.. module.Clients.Where(client => client != pivot && client.Weight != 0)];
        if (others.Length == 0)
        {
            return null;
        }

        long inputs = module.Inputs;
        List<(TensorSource, float)> rows = [];
        List<TensorSource> columns = [];
        foreach (Contribution client in others)
        {
            (double, TensorSource)[] own = [(client.Weight * client.RootOnA, client.Module.A)];
            TensorSource right = FactorMeans.Sum(pivot is null ? own : [.. own, (-client.Weight * pivot.RootOnA, pivot.Module.A)], context).Source;
            TensorSource left = FactorMeans.Sum([(client.RootOnB, client.Module.B), (-1, mean.B)], context).Source;
            rows.Add((right, 1));
            columns.Add(left);
        }

        return module.CreateModule(new StackedRowsSource(rows, inputs, DataType.F32), new StackedColumnsSource(columns, module.Outputs, DataType.F32));
    }
}
