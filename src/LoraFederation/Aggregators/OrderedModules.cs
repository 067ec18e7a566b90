using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>Modules of the first components of a decomposed sum. Slices share its memory.</summary>
internal static class OrderedModules
{
    /// <summary>Decomposes a sum and keeps its largest components.</summary>
    public static OrderedFactors Decompose(LowRankSum sum, TruncationOptions options, AggregationContext context) =>
        TruncatedSvd.Decompose(sum, context.Device, options, cancellationToken: context.CancellationToken);

    /// <summary>Makes a module of the first components; one of rank one and zeros where there are none.</summary>
    /// <param name="like">A module of the layer.</param>
    /// <param name="factors">The components.</param>
    /// <param name="rank">How many, at least 1; all when there are fewer.</param>
    /// <param name="scaling">The scaling with which the module is used: the factors are divided by its roots. One of zero cannot be made up for, and becomes one.</param>
    public static LoraModule Create(LoraModule like, OrderedFactors factors, int rank = int.MaxValue, double scaling = 1)
    {
        double used = scaling.Equals(0.0) ? 1 : scaling;
        if (factors.Rank == 0)
        {
            HostTensor a = new(DataType.F32, new TensorShape(1, factors.Right.Shape[1]));
            HostTensor b = new(DataType.F32, new TensorShape(factors.Left.Shape[0], 1));
            return ModuleParts.Create(like, a.Source, b.Source, scaling: used);
        }

        int kept = Math.Min(rank, factors.Rank);
        double root = 1 / Math.Sqrt(Math.Abs(used));
        return ModuleParts.Create(
            like,
            ConvertedSource.Of(SlicedSource.Of(factors.Right.Source, 0, 0, kept), DataType.F32, (float)Math.CopySign(root, used)),
            ConvertedSource.Of(SlicedSource.Of(factors.Left.Source, 1, 0, kept), DataType.F32, (float)root),
            scaling: used);
    }

    /// <summary>Makes a module for each client: the best approximation of the sum of the client's rank, for use with the client's scaling.</summary>
    public static IReadOnlyDictionary<string, LoraModule> ForClients(ModuleContributions module, OrderedFactors factors) => module.Clients.ToDictionary(
        client => client.ClientId, client => Create(client.Module, factors, client.Rank, client.Module.Scaling), StringComparer.Ordinal);

    /// <summary>Counts the server's operations: the Gram matrices of the stack, two decompositions of R × R, and the components that are kept.</summary>
    public static double Operations(ModuleSizes sizes, long kept)
    {
        double rank = sizes.TotalRank;
        return (rank * (rank + (2.0 * kept)) * (sizes.Outputs + sizes.Inputs)) + (18 * rank * rank * rank);
    }

    /// <summary>Returns the rank that a sum can have at most.</summary>
    public static long LargestRank(ModuleSizes sizes) => Math.Min(sizes.TotalRank, Math.Min(sizes.Outputs, sizes.Inputs));
}
