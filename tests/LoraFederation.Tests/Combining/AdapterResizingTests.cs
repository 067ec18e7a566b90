using LoraFederation.Aggregators;
using LoraFederation.Combining;
using LoraFederation.LowRank;
using LoraFederation.Tests.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Combining;

/// <summary>Adapters of other ranks.</summary>
public sealed class AdapterResizingTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    [Test]
    public void Resize_OfTwoComponents_KeepsTheLarger_AndReportsTheOther()
    {
        // 2 · diag(1, 3): the components are 6 and 2.
        LoraAdapter adapter = new([RandomFederation.Module("m", 2, 2, 2, [1, 0, 0, 3], [1, 0, 0, 1], scaling: 2)]);
        ResizedAdapter resized = AdapterResizing.Resize(adapter, new TruncationOptions { MaximumRank = 1 }, Device);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Product(resized.Adapter.Modules[0]), Is.EqualTo([0.0, 0, 0, 6]).Within(1e-6));
            Assert.That((resized.Modules[0].Path, resized.Modules[0].OldRank, resized.Modules[0].Rank), Is.EqualTo(("m", 2, 1)));
            Assert.That(resized.Modules[0].Error, Is.EqualTo(2).Within(1e-6));
            Assert.That(resized.Modules[0].RelativeError, Is.EqualTo(2 / Math.Sqrt(40)).Within(1e-6));
        }
    }

    [Test]
    public void Resize_ToARankThatSuffices_KeepsTheProduct([Range(0, 4)] int seed)
    {
        LoraAdapter adapter = RandomFederation.Create(seed, AggregatorNeeds.None)[0].Adapter;
        ResizedAdapter resized = AdapterResizing.Resize(adapter, new TruncationOptions(), Device);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(resized.Adapter.Modules.Zip(adapter.Modules, (module, own) => Dense.RelativeError(Dense.Product(module), Dense.Product(own))), Is.All.LessThan(1e-6));
            Assert.That(resized.Adapter.Modules.Select(module => module.Scaling), Is.All.EqualTo(1));
            Assert.That(resized.Modules.Select(module => module.RelativeError), Is.All.LessThan(1e-6));
        }
    }

    [TestCase(2, 1.0)]
    [TestCase(100, 0.8)]
    public void Resize_ReportsTheErrorThatThereIs(int rank, double energy)
    {
        LoraAdapter adapter = new([RandomFederation.Module("m", 20, 30, 8, RandomFederation.Normal(new Random(1), 240), RandomFederation.Normal(new Random(2), 160), 3)]);
        ResizedAdapter resized = AdapterResizing.Resize(adapter, new TruncationOptions { MaximumRank = rank, Energy = energy }, Device);
        ResizedModule report = resized.Modules.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Rank, Is.LessThan(8));
            Assert.That(
                Dense.RelativeError(Dense.Product(resized.Adapter.Modules[0]), Dense.Product(adapter.Modules[0])), Is.EqualTo(report.RelativeError).Within(1e-6));
            Assert.That(energy == 1 || report.RelativeError <= Math.Sqrt(1 - energy));
        }
    }

    [Test]
    public void Resize_KeepsTypesBiasesAndWholeTensors()
    {
        TensorSource bias = HostTensor.FromSingles([1, -2], new TensorShape(2)).Source;
        TensorSource head = HostTensor.FromSingles([5], new TensorShape(1)).Source;
        LoraModule module = RandomFederation.Module("m", 2, 3, 2, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4]);
        LoraAdapter adapter = new(
            [new LoraModule("m", LoraModuleKind.Linear, Stored(module.A), Stored(module.B), 4, bias)], new Dictionary<string, TensorSource>(StringComparer.Ordinal) { ["head.weight"] = head });
        LoraAdapter resized = AdapterResizing.Resize(adapter, new TruncationOptions { MaximumRank = 1 }, Device).Adapter;
        LoraAdapter wide = AdapterResizing.Resize(adapter, new TruncationOptions { MaximumRank = 1 }, Device, DataType.F32).Adapter;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((resized.Modules[0].A.DataType, resized.Modules[0].B.DataType, wide.Modules[0].A.DataType), Is.EqualTo((DataType.BF16, DataType.BF16, DataType.F32)));
            Assert.That(Dense.Values(resized.Modules[0].Bias!), Is.EqualTo([4f, -8]));
            Assert.That(Dense.Values(resized.WholeTensors["head.weight"]), Is.EqualTo([5f]));
        }
    }

    [Test]
    public void Resize_OfAProductThatIsZero_HasOneComponentOfZeros()
    {
        LoraAdapter adapter = new([RandomFederation.Module("m", 2, 3, 2, [1, 2, 3, 4, 5, 6], new float[4])]);
        ResizedAdapter resized = AdapterResizing.Resize(adapter, new TruncationOptions(), Device);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Product(resized.Adapter.Modules[0]), Is.All.Zero);
            Assert.That((resized.Modules[0].Rank, resized.Modules[0].Error, resized.Modules[0].RelativeError), Is.EqualTo((1, 0.0, 0.0)));
        }
    }

    [Test]
    public void Resize_OfWhatCannotBe_IsRefused()
    {
        LoraAdapter adapter = new([RandomFederation.Module("m", 1, 1, 1, [float.NaN], [1])]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => AdapterResizing.Resize(adapter, new TruncationOptions(), Device), Throws.TypeOf<FederationException>().With.Message.Contains("'m'"));
            Assert.That(() => AdapterResizing.Resize(adapter, new TruncationOptions { MaximumRank = 0 }, Device), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => AdapterResizing.Resize(adapter, new TruncationOptions(), Device, DataType.I32), Throws.ArgumentException);
        }
    }

    private static TensorSource Stored(TensorSource source) => HostTensor.FromSingles(Dense.Values(source), source.Shape, DataType.BF16).Source;
}
