using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>What a product of means lacks to the exact sum, as a module: <c>Σ p_k s_k B_k A_k − B̂ Â</c>.</summary>
internal static class FedExResidual
{
    /// <summary>Creates the residual of clients of one rank r.</summary>
    /// <returns>A module of rank (K−1)·r, or K·r where a client lacks it and counts as zero; null where one client alone has weight, all of it.</returns>
    public static LoraModule? Create(ModuleContributions module, AggregationContext context)
    {
        using LowRankSum sum = module.ToSum();
        LowRankSum residual = AveragingResidual.Compute(sum, [.. module.Clients.Select(client => client.Weight)], context.CancellationToken);
        if (residual.Rank == 0)
        {
            residual.Dispose();
            return null;
        }

        IEnumerable<(TensorSource, float)> rows = residual.Coefficients.Select((coefficient, term) =>
            (SlicedSource.Of(residual.Right.Source, 0, residual.StartOf(term), residual.RankOf(term)), (float)coefficient));
        return module.CreateModule(new StackedRowsSource([.. rows], residual.Columns, DataType.F32), residual.Left.Source);
    }
}
