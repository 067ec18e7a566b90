using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Aggregators;

/// <summary>Modules of the first components of a decomposed sum.</summary>
internal static class OrderedModules
{
    /// <summary>Decomposes a sum and keeps its largest components.</summary>
    public static OrderedFactors Decompose(LowRankSum sum, TruncationOptions options, AggregationContext context) =>
        TruncatedSvd.Decompose(sum, context.Device, options, cancellationToken: context.CancellationToken);

    /// <summary>Makes a module of the first components; one of rank one and zeros where there are none.</summary>
    /// <param name="like">A module of the layer.</param>
    /// <param name="factors">The components.</param>
    /// <param name="rank">How many, at least 1; all when there are fewer.</param>
    public static LoraModule Create(LoraModule like, OrderedFactors factors, int rank = int.MaxValue)
    {
        if (factors.Rank == 0)
        {
            HostTensor a = new(DataType.F32, new TensorShape(1, factors.Right.Shape[1]));
            HostTensor b = new(DataType.F32, new TensorShape(factors.Left.Shape[0], 1));
            return ModuleParts.Create(like, a.Source, b.Source);
        }

        int kept = Math.Min(rank, factors.Rank);
        return ModuleParts.Create(like, SlicedSource.Of(factors.Right.Source, 0, 0, kept), SlicedSource.Of(factors.Left.Source, 1, 0, kept));
    }

    /// <summary>Makes a module for each client: the best approximation of the sum of the client's rank, for use with the client's scaling.</summary>
    public static IReadOnlyDictionary<string, LoraModule> ForClients(ModuleContributions module, OrderedFactors factors, AggregationContext context) =>
        module.Clients.ToDictionary(client => client.ClientId, client => ForClient(client, factors, context), StringComparer.Ordinal);

    // Nothing can be divided by a scaling of zero: the client gets one of one. A negative one turns A round.
    private static LoraModule ForClient(Contribution client, OrderedFactors factors, AggregationContext context)
    {
        double scaling = client.Module.Scaling.Equals(0.0) ? 1 : client.Module.Scaling;
        PhiloxKey key = Philox.DeriveKey(context.Seed, client.Module.Path, client.ClientId);
        ClientFactors own = ClientSlice.Create(factors, client.Rank, Math.Abs(scaling), key);
        return ModuleParts.Create(client.Module, ConvertedSource.Of(own.A.Source, DataType.F32, Math.Sign(scaling)), own.B.Source, scaling: scaling);
    }

    /// <summary>Counts the server's operations: the Gram matrices of the stack, two decompositions of R × R, and the components that are kept.</summary>
    public static double Operations(ModuleSizes sizes, long kept)
    {
        double rank = sizes.TotalRank;
        return (rank * (rank + (2.0 * kept)) * (sizes.Outputs + sizes.Inputs)) + (18 * rank * rank * rank);
    }

    /// <summary>Returns the rank that a sum can have at most.</summary>
    public static long LargestRank(ModuleSizes sizes) => Math.Min(sizes.TotalRank, Math.Min(sizes.Outputs, sizes.Inputs));
}
