using LoraFederation.Aggregators;
using ModelTensors;

namespace LoraFederation.Rounds;

/// <summary>What a round costs, in bytes of factors.</summary>
/// <param name="Upload">What each client sends.</param>
/// <param name="Download">What each client receives.</param>
/// <param name="ServerOperations">The server's floating-point operations, leading terms.</param>
public sealed record CommunicationCost(IReadOnlyList<long> Upload, IReadOnlyList<long> Download, double ServerOperations)
{
    /// <summary>Predicts what a round costs, before there is one.</summary>
    /// <param name="aggregator">The method.</param>
    /// <param name="modules">The sizes of the modules; each has the ranks of all clients, in one order.</param>
    /// <param name="bytesPerParameter">The bytes of a number: 2 for F16 and BF16, 4 for F32.</param>
    /// <exception cref="ArgumentException">There are no modules, or they have different numbers of clients.</exception>
    public static CommunicationCost Predict(LoraAggregator aggregator, IReadOnlyList<ModuleSizes> modules, int bytesPerParameter)
    {
        ArgumentNullException.ThrowIfNull(aggregator);
        ArgumentNullException.ThrowIfNull(modules);
        ArgumentOutOfRangeException.ThrowIfZero(modules.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerParameter, 1);
        int clients = modules[0].Clients;
        if (modules.FirstOrDefault(module => module.Clients != clients) is { } other)
        {
            throw new ArgumentException($"The first module has {clients} clients, another {other.Clients}: each has the ranks of all.", nameof(modules));
        }

        long[] upload = new long[clients];
        long[] download = new long[clients];
        double operations = 0;
        foreach (RoundCost cost in modules.Select(aggregator.Cost))
        {
            for (int client = 0; client < clients; client++)
            {
                upload[client] = checked(upload[client] + (cost.Upload[client] * bytesPerParameter));
                download[client] = checked(download[client] + (cost.Download[client] * bytesPerParameter));
            }

            operations += cost.ServerOperations;
        }

        return new CommunicationCost(upload, download, operations);
    }

    /// <summary>Predicts what a round costs with the modules that its clients really have; a client without a module sends nothing for it.</summary>
    internal static CommunicationCost Predict(AggregationRecipe recipe, Federation federation)
    {
        int clients = federation.Updates.Count;
        double[] uniform = new double[clients];
        Array.Fill(uniform, 1.0 / clients);
        long[] upload = new long[clients];
        long[] download = new long[clients];
        double operations = 0;
        Dictionary<string, int> index = federation.Updates.Index().ToDictionary(update => update.Item.ClientId, update => update.Index, StringComparer.Ordinal);
        foreach (string path in federation.ModulePaths)
        {
            ModuleContributions module = federation.Contributions(path, uniform, MissingModulePolicy.TreatAsZero);
            RoundCost cost = recipe.Aggregator.Cost(new ModuleSizes(module.Outputs, module.Inputs, [.. module.Clients.Select(client => client.Rank)]));
            long size = (recipe.OutputType ?? module.CommonType).Size;

            // A client without the module receives what the others do, or the most of it where they differ.
            long most = cost.Download.Max() * size;
            HashSet<int> present = [];
            for (int i = 0; i < module.Clients.Count; i++)
            {
                int client = index[module.Clients[i].ClientId];
                present.Add(client);
                upload[client] += cost.Upload[i] * module.Clients[i].Module.A.DataType.Size;
                download[client] += cost.Download[i] * size;
            }

            foreach (int absent in Enumerable.Range(0, clients).Where(client => !present.Contains(client)))
            {
                download[absent] += most;
            }

            operations += cost.ServerOperations;
        }

        return new CommunicationCost(upload, download, operations);
    }
}
