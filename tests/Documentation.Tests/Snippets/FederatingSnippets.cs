using LoraFederation;
using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using LoraFederation.Ranks;
using LoraFederation.Weighting;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace Documentation.Tests.Snippets;

public sealed class FederatingSnippets
{
    [Test]
    public void Federate()
    {
        using WorkFolder work = new(nameof(Federate));
        string models = WorkFolder.Models;
        string output = work["adapter"];

        // snippet: Federate
        using CpuDevice device = new();
        using LoraAdapter clinic = LoraAdapter.Open($"{models}/clients/0");   // rank 16
        using LoraAdapter lab = LoraAdapter.Open($"{models}/clients/3");      // rank 4
        AggregationResult result = new LoraFederator(device).Aggregate(
            AggregationRecipe.Flora,
            [new ClientUpdate("clinic", clinic, examples: 1200), new ClientUpdate("lab", lab, examples: 500)]);
        result.Save(output);
        // end

        using LoraAdapter read = LoraAdapter.Open(output);
        Assert.That(read.Modules.Select(module => (module.Rank, module.Scaling)), Is.All.EqualTo((20L, 1.0)));
    }

    [Test]
    public void Serve()
    {
        using WorkFolder work = new(nameof(Serve));
        string models = WorkFolder.Models;
        string output = work["adapter"];
        string merged = work["merged"];
        using CpuDevice device = new();
        using LoraAdapter a = LoraAdapter.Open($"{models}/clients/0");
        using LoraAdapter b = LoraAdapter.Open($"{models}/clients/1");
        ClientUpdate[] updates = [new ClientUpdate("a", a, 1200), new ClientUpdate("b", b, 900)];

        // snippet: Serve
        AggregationRecipe recipe = new(new FloraAggregator())
        {
            Weights = ClientWeighting.Uniform,
            Missing = MissingModulePolicy.RenormalizePresent,
            Ranks = new ServingRank(maximumRank: 16) { Within = new EnergyThreshold(0.95) },
            MeasuresError = true,
        };
        AggregationResult result = new LoraFederator(device).Aggregate(recipe, updates);
        result.Save(output);
        foreach (ModuleReport module in result.Modules)
        {
            Console.WriteLine($"{module.Path}: rank {module.TotalRank} -> {module.Rank}, {module.RelativeError:P1} left out");
        }

        new AdapterMerger().Merge($"{models}/a-base", [output], merged);
        // end

        using LoraAdapter read = LoraAdapter.Open(output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ServingRank.LegalRanks, Does.Contain(read.Config.Rank));
            Assert.That(read.Modules.Select(module => module.Rank), Is.All.EqualTo(read.Config.Rank));
            Assert.That(File.Exists(Path.Combine(merged, "model.safetensors")));
        }
    }

    [Test]
    public void Diagnose()
    {
        string models = WorkFolder.Models;

        // snippet: Diagnose
        using CpuDevice device = new();
        using LoraAdapter a = LoraAdapter.Open($"{models}/clients/1");
        using LoraAdapter b = LoraAdapter.Open($"{models}/clients/2");
        foreach (LoraModule module in a.Modules)
        {
            LoraModule other = b.Modules.Single(candidate => string.Equals(candidate.Path, module.Path, StringComparison.Ordinal));
            using LowRankSum sum = new([new LowRankTerm(module, 0.5 * module.Scaling), new LowRankTerm(other, 0.5 * other.Scaling)]);
            FactorGrams grams = FactorGrams.Compute(sum, device);
            ClientGram clients = ClientGram.OfModule(sum, grams, count: 2);
            AggregationNoise noise = AggregationNoise.Measure(sum, [0.5, 0.5], grams);
            Console.WriteLine($"{module.Path}: cosine {clients.Cosine(0, 1):F2}; averaging factors would lose {noise.Relative:P0}");
        }
        // end

        Assert.That(a.Modules, Has.Count.EqualTo(6));
    }
}
