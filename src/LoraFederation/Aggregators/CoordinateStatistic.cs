using ModelTensors;
using ModelTensors.Devices;

namespace LoraFederation.Aggregators;

/// <summary>Statistics of each coordinate of <c>s_k B_k</c> over the clients that have the module, where all have one A.</summary>
internal static class CoordinateStatistic
{
    // More than any federation has at once; the numbers of one coordinate lie on the stack.
    private const int StackClients = 256;

    /// <summary>Computes a number from the sorted numbers of all clients.</summary>
    public delegate double Statistic(ReadOnlySpan<double> sorted);

    /// <summary>Makes the module whose B is the statistic; clients without weight are left out, all others count the same.</summary>
    public static AggregatedModule Aggregate(ModuleContributions module, string method, AggregationContext context, Statistic statistic)
    {
        TensorSource a;
        try
        {
            a = FrozenFactors.RequireSharedA(module, method, context);
        }
        catch (FederationException error) when (error.Error is FederationError.FrozenFactorDiffers or FederationError.RanksDiffer)
        {
            throw new FederationException(
                [
                    new FederationProblem(
                        error.Error,
                        $"Method '{method}' works coordinate by coordinate, and coordinates of factors mean something only where all clients have one A: "
                        + $"(B G)(G⁻¹ A) is the same update with other numbers. {error.Message} Rules on products, such as 'geometric_median' or 'krum' as weights, need no shared factor.",
                        error.Problems[0].ClientId,
                        module.Path),
                ],
                error);
        }

        if (module.Clients.FirstOrDefault(client => client.Module.Bias is not null) is { } biased)
        {
            throw new FederationException(
                FederationError.Unsupported, $"Module '{module.Path}' of '{biased.ClientId}' has a bias, of which method '{method}' would take the mean. Train without it.", biased.ClientId, module.Path);
        }

        Contribution[] clients = [.. module.Clients.Where(client => client.Weight > 0)];
        if (clients.Length == 0)
        {
            throw new FederationException(FederationError.Weights, $"All clients that have module '{module.Path}' weigh nothing, so there is no '{method}' of it.", module: module.Path);
        }

        HostTensor b = new(DataType.F32, clients[0].Module.B.Shape);
        double[] scalings = [.. clients.Select(client => client.Module.Scaling)];
        using TensorSession session = context.Device.Open([.. clients.Select(client => client.Module.B)], new SessionOptions { CancellationToken = context.CancellationToken });
        session.Map(
            new TileMap((tile, output) =>
            {
                Span<double> values = scalings.Length <= StackClients ? stackalloc double[scalings.Length] : new double[scalings.Length];
                for (int element = 0; element < output.Length; element++)
                {
                    for (int client = 0; client < scalings.Length; client++)
                    {
                        values[client] = scalings[client] * tile[client][element];
                    }

                    values.Sort();
                    output[element] = (float)statistic(values);
                }
            }),
            b.Sink);
        return new AggregatedModule(module.CreateModule(a, b.Source));
    }

    /// <summary>Predicts the cost: A is with every client, B goes up and comes back.</summary>
    public static RoundCost Cost(ModuleSizes sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        long[] factor = [.. sizes.Ranks.Select(_ => sizes.Outputs * sizes.MaxRank)];
        return new RoundCost(factor, factor, (double)sizes.Clients * sizes.Outputs * sizes.MaxRank * Math.Max(1, Math.Log2(sizes.Clients)));
    }
}
