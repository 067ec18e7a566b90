using System.Globalization;
using LoraFederation;
using LoraFederation.Aggregators;
using LoraFederation.Combining;
using LoraFederation.LowRank;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;
using Spectre.Console;

namespace FederateLora;

/// <summary>What five methods make of ten trained clients: how exact, of which rank, in how many bytes.</summary>
internal static class Demonstration
{
    private const int CommonRank = 2;

    public static void Run()
    {
        string samples = FindSamples();
        string output = Path.Combine(samples, "FederateLora", "out");
        using CpuDevice device = new();
        using Clients clients = Clients.OpenZoo(Path.Combine(samples, "models", "clients"));
        Console.WriteLine($"{clients.Updates.Count} clients of ranks {string.Join(", ", clients.Updates.Select(update => update.Adapter.Config.Rank))}, weighted by their examples.");

        // FedIT needs one rank of all: every client is cut to the least, each module to its best approximation.
        ClientUpdate[] equal =
        [
            .. clients.Updates.Select(update => new ClientUpdate(
                update.ClientId, AdapterResizing.Resize(update.Adapter, new TruncationOptions { MaximumRank = CommonRank }, device).Adapter, update.Examples)),
        ];
        (string Title, LoraAggregator Method, IReadOnlyList<ClientUpdate> Updates)[] runs =
        [
            ($"FedIT, clients cut to rank {CommonRank}", new FedItAggregator(), equal),
            ("zero-padding", new ZeroPaddingAggregator(), clients.Updates),
            ("FLoRA", new FloraAggregator(), clients.Updates),
            ("FlexLoRA", new FlexLoraAggregator(), clients.Updates),
            ("FLoRIST", new FloristAggregator(), clients.Updates),
        ];
        Table table = new Table().Border(TableBorder.Simple).AddColumns("method", "distance from the sum", "rank", "bytes");
        foreach ((string title, LoraAggregator method, IReadOnlyList<ClientUpdate> updates) in runs)
        {
            AggregationResult result = new LoraFederator(device).Aggregate(new AggregationRecipe(method), updates);
            result.Save(Path.Combine(output, method.Name), overwrite: true);
            table.AddRow(
                title,
                Distance(result.Adapter, clients.Updates, device).ToString("0.0e+0", CultureInfo.InvariantCulture),
                Verb.Ranks(result.Adapter),
                Verb.Size(result.Adapter.Modules.Sum(module => module.A.ByteLength + module.B.ByteLength)));
        }

        AnsiConsole.Write(table);
        Console.WriteLine("The distance is the norm of what a product lacks, over that of the exact sum of all clients' products.");
        Console.WriteLine($"Adapters, as PEFT loads them, each module of scaling one: {output}");
    }

    /// <summary>The distance of an adapter's product from the sum of all clients', which need not be those it was made from.</summary>
    private static double Distance(LoraAdapter adapter, IReadOnlyList<ClientUpdate> updates, CpuDevice device)
    {
        double total = updates.Sum(update => (double)update.Examples);
        double difference = 0;
        double norm = 0;
        foreach (LoraModule module in adapter.Modules)
        {
            LowRankTerm[] terms = [new(module, -module.Scaling), .. updates.Select(update => Term(update, module.Path, update.Examples / total))];
            using LowRankSum sum = new(terms);
            ClientGram products = ClientGram.OfModule(sum, FactorGrams.Compute(sum, device), terms.Length);
            double[] all = [.. Enumerable.Repeat(1.0, terms.Length)];
            difference += Math.Pow(products.NormOfSum(all), 2);
            norm += Math.Pow(products.NormOfSum([0, .. all[1..]]), 2);
        }

        return Math.Sqrt(difference / norm);
    }

    private static LowRankTerm Term(ClientUpdate update, string path, double weight) => update.Adapter.TryGet(path, out LoraModule? module)
        ? new LowRankTerm(module, weight * module.Scaling)
        : throw new InvalidOperationException($"Client '{update.ClientId}' has no module '{path}'.");

    private static string FindSamples()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string samples = Path.Combine(folder.FullName, "samples");
            if (Directory.Exists(Path.Combine(samples, "models", "clients")))
            {
                return samples;
            }
        }

        throw new DirectoryNotFoundException("The sample's adapters lie in samples/models/clients of the repository: run it from a clone.");
    }
}
