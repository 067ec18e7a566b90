using LoraFederation.Tests.Testing;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;
using ModelTensors.Safetensors;

namespace LoraFederation.Tests;

/// <summary>The trained clients against the aggregate that was summed in double beside them.</summary>
public sealed class ZooTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 2 });

    [Test]
    public void Aggregate_OfTheTrainedClients_IsTheGoldenSum_AlsoAfterAFolder()
    {
        using ZooClients zoo = new();
        using TestFolder folder = new();
        AggregationResult result = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora, zoo.Updates);
        result.Save(folder["out"]);
        using LoraAdapter read = LoraAdapter.Open(folder["out"]);
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "Zoo", "aggregate.safetensors"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Modules, Has.Count.EqualTo(golden.Header.Entries.Count));
            Assert.That(read.Modules.Select(module => (module.Rank, module.Scaling)), Is.All.EqualTo((52L, 1.0)));
            Assert.That(read.Config.BaseModel, Is.EqualTo("a-base"));
            foreach (LoraModule module in read.Modules)
            {
                Assert.That(golden.TryGet(module.WeightName, out TensorSource? expected));
                Assert.That(Dense.RelativeError(Dense.Product(module), [.. Dense.Values(expected!).Select(value => (double)value)]), Is.LessThan(1e-6), module.Path);
            }
        }
    }
}
