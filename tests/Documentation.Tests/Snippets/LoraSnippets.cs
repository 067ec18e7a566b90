using ModelAggregation.Extraction;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace Documentation.Tests.Snippets;

public sealed class LoraSnippets
{
    [Test]
    public void Adapted()
    {
        using WorkFolder work = new(nameof(Adapted));
        string models = WorkFolder.Models;
        string adapters = Directory.CreateDirectory(work["adapters"]).FullName;
        using (CpuDevice device = new())
        using (LoraAdapterWriter writer = new())
        {
            writer.Add("lm_head", LoraModuleKind.Linear, new HostTensor(DataType.F32, new TensorShape(1, 96)), new HostTensor(DataType.F32, new TensorShape(128, 1)));
            writer.Write(Path.Combine(adapters, "client"), device);
        }

        // snippet: Adapted
        IModelResolver resolver = new ModelResolver(new ModelResolverOptions { BaseFolders = [models, adapters] });
        using TensorSet model = resolver.Open("a-base+client");
        using LoraAdapter adapter = resolver.OpenAdapter("client");
        foreach (LoraModule module in adapter.Modules)
        {
            Console.WriteLine($"{module.Path}: rank {module.Rank}, scaling {module.Scaling}");
        }
        // end

        Assert.That(model, Is.InstanceOf<AdaptedModel>());
        Assert.That(((AdaptedModel)model).AdaptedNames, Is.EqualTo(["lm_head.weight"]));
    }

    [Test]
    public void MergeAdapter()
    {
        using WorkFolder work = new(nameof(MergeAdapter));
        string models = WorkFolder.Models;
        string adapter = work["adapter"];
        string output = work["merged"];
        using (CpuDevice device = new())
        using (LoraAdapterWriter writer = new())
        {
            writer.Add("lm_head", LoraModuleKind.Linear, new HostTensor(DataType.F32, new TensorShape(1, 96)), new HostTensor(DataType.F32, new TensorShape(128, 1)));
            writer.Write(adapter, device);
        }

        // snippet: MergeAdapter
        AdapterMergeReport report = new AdapterMerger().Merge($"{models}/a-base", [adapter], output);
        Console.WriteLine($"{report.AdaptedTensorCount} of {report.TensorCount} tensors changed.");
        // end

        Assert.That(report.AdaptedTensorCount, Is.EqualTo(1));
        Assert.That(File.Exists(Path.Combine(output, "config.json")));
    }

    [Test]
    public void ExtractLora()
    {
        using WorkFolder work = new(nameof(ExtractLora));
        string models = WorkFolder.Models;
        string output = work["adapter"];

        // snippet: ExtractLora
        using TensorSet tuned = Checkpoint.Open($"{models}/a-sort");
        using TensorSet origin = Checkpoint.Open($"{models}/a-base");
        LoraExtractionReport report = LoraExtraction.Extract(tuned, origin, output, new LoraExtractionOptions
        {
            Rank = 16,
            Ranks = [new ModuleRank("mlp.", 8)],
            Energy = 0.95,
        });
        foreach (ExtractedModule module in report.Modules)
        {
            Console.WriteLine($"{module.Path}: rank {module.Rank}, leaves out {module.RelativeError:P1} of the change");
        }
        // end

        Assert.That(report.Modules, Has.Count.EqualTo(22), "seven layers in each of three, and the head");
        Assert.That(report.Modules.Where(module => module.Path.Contains("mlp.", StringComparison.Ordinal)), Has.All.Property(nameof(ExtractedModule.Rank)).LessThanOrEqualTo(8));
        using LoraAdapter adapter = LoraAdapter.Open(output);
        Assert.That(adapter.Modules, Has.Count.EqualTo(22));
    }
}
