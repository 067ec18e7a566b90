using LoraFederation.Combining;
using LoraFederation.LowRank;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace Documentation.Tests.Snippets;

public sealed class CombiningSnippets
{
    private static string Clients => Path.Combine(WorkFolder.Models, "clients");

    [Test]
    public void CombineAdapters()
    {
        using WorkFolder work = new(nameof(CombineAdapters));
        using CpuDevice device = new();
        string clients = Clients;
        string output = work["combined"];

        // snippet: CombineAdapters
        using LoraAdapter first = LoraAdapter.Open($"{clients}/1");
        using LoraAdapter second = LoraAdapter.Open($"{clients}/2");
        LoraAdapter combined = AdapterCombination.Combine(
            [new WeightedAdapter(first, 1.0), new WeightedAdapter(second, -0.5)],
            new CombinationOptions { Type = CombinationType.TiesSvd, Density = 0.2, SvdRank = 8 },
            device);
        combined.Save(output, device);
        // end

        using LoraAdapter saved = LoraAdapter.Open(output);
        Assert.That(saved.Modules.Select(module => module.Path), Is.EqualTo(first.Modules.Select(module => module.Path)));
        Assert.That(saved.Modules.Select(module => (module.Rank, module.Scaling)), Is.All.EqualTo((8L, 1.0)));
    }

    [Test]
    public void ResizeAdapter()
    {
        using WorkFolder work = new(nameof(ResizeAdapter));
        using CpuDevice device = new();
        string clients = Clients;
        string output = work["small"];

        // snippet: ResizeAdapter
        using LoraAdapter large = LoraAdapter.Open($"{clients}/0");
        ResizedAdapter small = AdapterResizing.Resize(large, new TruncationOptions { MaximumRank = 8, Energy = 0.99 }, device);
        foreach (ResizedModule module in small.Modules)
        {
            Console.WriteLine($"{module.Path}: rank {module.OldRank} to {module.Rank}, leaves out {module.RelativeError:P2}");
        }

        small.Adapter.Save(output, device);
        // end

        using LoraAdapter saved = LoraAdapter.Open(output);
        Assert.That(saved.Modules.Select(module => module.Rank), Is.All.LessThanOrEqualTo(8));
        Assert.That(small.Modules.Select(module => module.RelativeError), Is.All.LessThan(1));
    }
}
