using System.Text.Json.Nodes;
using LoraFederation.Combining;
using LoraFederation.LowRank;
using LoraFederation.Tests.Testing;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Combining;

/// <summary>What adapters may hold, what is refused, and degenerate numbers.</summary>
public sealed class CombinationInputsTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    [TestCase(CombinationType.Linear, "peft_cat")]
    [TestCase(CombinationType.Ties, "peft_ties_svd")]
    [TestCase(CombinationType.DareLinear, "peft_dare_linear_svd")]
    [TestCase(CombinationType.DareTies, "peft_dare_ties_svd")]
    [TestCase(CombinationType.MagnitudePrune, "peft_magnitude_prune_svd")]
    public void Combine_OfUnequalRanks_IsRefused_WithTheTypeThatTakesThem(CombinationType type, string alternative)
    {
        FederationException error = Assert.Throws<FederationException>(() => Combine(type, Of(Module(2, 3, 1)), Of(Module(2, 3, 2))))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.RanksDiffer));
            Assert.That(error.Message, Does.Contain("1 ('adapter 1'), 2 ('adapter 2')").And.Contain($"'{alternative}'"));
        }
    }

    [Test]
    public void Combine_TakesEachModulesOwnRank()
    {
        LoraAdapter[] adapters = [.. Enumerable.Range(0, 2).Select(_ => new LoraAdapter([Module(4, 5, 1, "m.k"), Module(4, 5, 3, "m.q")]))];
        using (Assert.EnterMultipleScope())
        {
            foreach ((CombinationType type, long[] ranks) in new[]
                { (CombinationType.Linear, [1, 3]), (CombinationType.TiesSvd, [1, 3]), (CombinationType.Svd, new long[] { 1, 3 }), (CombinationType.Cat, [2, 6]) })
            {
                LoraAdapter combined = Combine(type, adapters);
                Assert.That(combined.Modules.Select(module => module.Rank), Is.EqualTo(ranks), $"{type}");
                Assert.That(combined.Modules.Select(module => combined.Config.RankOf(module.Path)), Is.EqualTo(ranks), $"{type}");
                Assert.That(combined.Modules.Select(module => combined.Config.ScalingOf(module.Path)), Is.All.EqualTo(1), $"{type}");
            }
        }
    }

    [Test]
    public void Combine_OfAModuleThatOneAdapterLacks_CountsZeroThere([Values] CombinationType type)
    {
        LoraAdapter lacking = Of(Module(4, 5, 2, "m.k"));
        LoraAdapter having = new([Module(4, 5, 2, "m.k"), Module(4, 5, 2, "m.q")]);
        LoraAdapter combined = AdapterCombination.Combine(
            [new WeightedAdapter(lacking, 1), new WeightedAdapter(having, 0.5)], new CombinationOptions { Type = type, Density = 1 }, Device);
        Assert.That(combined.TryGet("m.q", out LoraModule? module) ? Dense.RelativeError(Dense.Product(module), Dense.Product(having.Modules[1], 0.5)) : 1, Is.LessThan(1e-6));
    }

    [Test]
    public void Combine_AddsBiasesUpLikeProducts([Values] CombinationType type)
    {
        LoraModule first = Biased(4, [1, 2]);
        LoraModule second = Biased(0.5, [3, -1]);
        LoraAdapter combined = AdapterCombination.Combine([new WeightedAdapter(Of(first), 1), new WeightedAdapter(Of(second), -2)], new CombinationOptions { Type = type }, Device);
        Assert.That(Dense.Values(combined.Modules[0].Bias!), Is.EqualTo([(4 * 1f) - 3, (4 * 2) + 1]));
    }

    [Test]
    public void Combine_OfRankStabilizedAdaptersOnDisk_WritesPlainOnes_OfTheSameProduct()
    {
        using TestFolder folder = new();
        LoraModule module = Module(6, 5, 4);
        Of(new LoraModule("m", LoraModuleKind.Linear, module.A, module.B, 4)).Save(folder["stabilized"], Device);
        string config = folder["stabilized", "adapter_config.json"];
        JsonObject document = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        document["use_rslora"] = true;
        File.WriteAllText(config, document.ToJsonString());
        using LoraAdapter stabilized = LoraAdapter.Open(folder["stabilized"]);
        AdapterCombination.Combine(
            [new WeightedAdapter(stabilized, 0.25), new WeightedAdapter(stabilized, 0.75)], new CombinationOptions { Type = CombinationType.Svd }, Device).Save(folder["combined"], Device);
        using LoraAdapter combined = LoraAdapter.Open(folder["combined"]);
        using (Assert.EnterMultipleScope())
        {
            // Alpha is 16 and the rank 4: 16 / √4.
            Assert.That(stabilized.Modules[0].Scaling, Is.EqualTo(8));
            Assert.That(combined.Config.UsesRankStabilization, Is.False);
            Assert.That(combined.Modules[0].Scaling, Is.EqualTo(1));
            Assert.That(Dense.RelativeError(Dense.Product(combined.Modules[0]), Dense.Product(module, 8)), Is.LessThan(1e-6));
        }
    }

    [Test]
    public void Combine_KeepsTheKindOfLayer([Values] CombinationType type)
    {
        float[] a = RandomFederation.Normal(new Random(1), 2 * 12);
        float[] b = RandomFederation.Normal(new Random(2), 5 * 2);
        LoraModule[] modules =
        [
            new("conv", LoraModuleKind.Convolution, Tensor(a, 2, 3, 2, 2), Tensor(b, 5, 2, 1, 1)),
            new("embed", LoraModuleKind.Embedding, Tensor(a, 2, 12), Tensor(b, 5, 2)),
            new("turned", LoraModuleKind.Linear, Tensor(a, 2, 12), Tensor(b, 5, 2), isTransposed: true),
        ];
        LoraAdapter combined = Combine(type, new LoraAdapter(modules), new LoraAdapter(modules));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(combined.Modules.Select(module => (module.Kind, module.IsTransposed)), Is.EqualTo(modules.Select(module => (module.Kind, module.IsTransposed))));
            Assert.That(combined.Modules.Select(module => module.UpdateShape), Is.EqualTo(modules.Select(module => module.UpdateShape)));
        }
    }

    [Test]
    public void Combine_OfWholeTensors_TakesThemOver_AndRefusesTwoOfOneName()
    {
        LoraAdapter first = new([Module(2, 3, 1)], Whole("head.weight", 1));
        LoraAdapter second = new([Module(2, 3, 1)], Whole("norm.weight", 2));
        LoraAdapter combined = Combine(CombinationType.Cat, first, second);
        FederationException error = Assert.Throws<FederationException>(() => Combine(CombinationType.Cat, first, new LoraAdapter([Module(2, 3, 1)], Whole("head.weight", 3))))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(combined.WholeTensors.Select(tensor => (tensor.Key, Dense.Values(tensor.Value)[0])), Is.EquivalentTo([("head.weight", 1f), ("norm.weight", 2f)]));
            Assert.That(error.Error, Is.EqualTo(FederationError.Unsupported));
            Assert.That(error.Message, Does.Contain("'head.weight'").And.Contain("'adapter 1'").And.Contain("'adapter 2'"));
        }
    }

    [Test]
    public void Combine_OfOtherSizesKindsAndNumbers_IsRefused_AllAtOnce()
    {
        LoraModule nan = RandomFederation.Module("n", 1, 1, 1, [float.NaN], [1]);
        LoraAdapter first = new([Module(2, 3, 1), nan]);
        FederationException error = Assert.Throws<FederationException>(() => Combine(CombinationType.Cat, first, Of(Module(2, 4, 1))))!;
        Assert.That(error.Problems.Select(problem => problem.Error), Is.EquivalentTo([FederationError.ShapeMismatch, FederationError.NonFinite]));
    }

    [Test]
    public void Combine_OfDora_IsRefused_AsIsResizing()
    {
        LoraModule plain = Module(2, 3, 1);
        LoraAdapter dora = Of(new LoraModule("m", LoraModuleKind.Linear, plain.A, plain.B, magnitude: Tensor([1, 1], 2)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Combine(CombinationType.Cat, Of(plain), dora), Throws.TypeOf<FederationException>().With.Message.Contains("DoRA").And.Message.Contains("'adapter 2'"));
            Assert.That(() => AdapterResizing.Resize(dora, new TruncationOptions(), Device), Throws.TypeOf<FederationException>().With.Message.Contains("DoRA"));
        }
    }

    [Test]
    public void Combine_OfDifferentBases_IsRefused_UnlessAllowed()
    {
        WeightedAdapter[] adapters = [.. ((string[])["org/one", "org/two"]).Select(name =>
            new WeightedAdapter(new LoraAdapter([Module(2, 3, 1)], null, new LoraAdapterWriterOptions { BaseModel = name }), 1))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => AdapterCombination.Combine(adapters, new CombinationOptions(), Device),
                Throws.TypeOf<FederationException>().With.Property(nameof(FederationException.Error)).EqualTo(FederationError.BaseMismatch));
            Assert.That(AdapterCombination.Combine(adapters, new CombinationOptions { AllowDifferentBases = true }, Device).Config.BaseModel, Is.EqualTo("org/one"));
        }
    }

    [Test]
    public void Combine_OfProductsThatAreZero_IsZero([Values] CombinationType type)
    {
        LoraModule zero = RandomFederation.Module("m", 3, 4, 2, RandomFederation.Normal(new Random(1), 8), new float[6]);
        LoraAdapter combined = Combine(type, Of(zero), Of(zero));
        Assert.That(Dense.Product(combined.Modules[0]), Is.All.Zero);
    }

    [TestCase(CombinationType.Ties)]
    [TestCase(CombinationType.MagnitudePrune)]
    [TestCase(CombinationType.TiesSvd)]
    [TestCase(CombinationType.MagnitudePruneSvd)]
    public void Combine_ThatKeepsLessThanOneElement_IsZero(CombinationType type)
    {
        LoraAdapter combined = AdapterCombination.Combine(
            [new WeightedAdapter(Of(Module(2, 3, 1)), 1), new WeightedAdapter(Of(Module(2, 3, 1)), 1)], new CombinationOptions { Type = type, Density = 0.1 }, Device);
        Assert.That(Dense.Product(combined.Modules[0]), Is.All.Zero);
    }

    [Test]
    public void Combine_OfRanksBeyondTheShorterSide_HasNoMoreThanThat([Values(CombinationType.Svd, CombinationType.TiesSvd)] CombinationType type)
    {
        LoraAdapter adapter = Of(Module(2, 3, 5));
        LoraAdapter combined = AdapterCombination.Combine([new WeightedAdapter(adapter, 0.5), new WeightedAdapter(adapter, 0.5)], new CombinationOptions { Type = type, Density = 1 }, Device);
        Assert.That(combined.Modules[0].Rank, Is.LessThanOrEqualTo(2));
    }

    [TestCase(DataType.F16)]
    [TestCase(DataType.BF16)]
    public void Combine_ToAnotherType_RoundsOnce(DataType type)
    {
        LoraAdapter[] adapters = [Of(Module(4, 5, 2)), Of(Module(4, 5, 2))];
        LoraModule exact = Combine(CombinationType.Linear, adapters).Modules[0];
        LoraModule rounded = AdapterCombination.Combine(
            [.. adapters.Select(adapter => new WeightedAdapter(adapter, 1))], new CombinationOptions { Type = CombinationType.Linear, OutputType = type }, Device).Modules[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rounded.A.DataType, Is.EqualTo(type));
            Assert.That(Dense.Bytes(rounded.A), Is.EqualTo(Dense.Bytes(HostTensor.FromSingles(Dense.Values(exact.A), exact.A.Shape, type).Source)));
        }
    }

    [Test]
    public void Combine_ThatIsCancelled_Stops([Values] CombinationType type)
    {
        WeightedAdapter[] adapters = [new(Of(Module(4, 5, 2)), 1), new(Of(Module(4, 5, 2)), 1)];
        Assert.That(
            () => AdapterCombination.Combine(adapters, new CombinationOptions { Type = type }, Device, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Options_OutsideTheirRanges_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (double density in (double[])[0, -1, 1.1, double.NaN])
            {
                Assert.That(() => new CombinationOptions { Density = density }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            }

            Assert.That(() => new CombinationOptions { SvdRank = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new CombinationOptions { SvdClamp = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new CombinationOptions { OutputType = DataType.I32 }, Throws.ArgumentException);
            Assert.That(() => new WeightedAdapter(Of(Module(1, 1, 1)), double.PositiveInfinity), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => AdapterCombination.Combine([], new CombinationOptions(), Device), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => Combine((CombinationType)99, Of(Module(1, 1, 1)), Of(Module(1, 1, 1))), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(
                () => AdapterCombination.Combine(
                    [new WeightedAdapter(Of(Module(1, 1, 1)), 1) { Name = "a" }, new WeightedAdapter(Of(Module(1, 1, 1)), 1) { Name = "a" }], new CombinationOptions(), Device),
                Throws.ArgumentException);
        }
    }

    [Test]
    public void SvdClamp_AtAQuantileBelowZero_IsRefused()
    {
        // B is 5 and A is [-0.6 -0.8]: most numbers are negative.
        LoraAdapter adapter = Of(RandomFederation.Module("m", 1, 2, 1, [-3, -4], [1]));
        Assert.That(
            () => AdapterCombination.Combine(
                [new WeightedAdapter(adapter, 0.5), new WeightedAdapter(adapter, 0.5)], new CombinationOptions { Type = CombinationType.Svd, SvdClamp = 0.4 }, Device),
            Throws.TypeOf<FederationException>().With.Message.Contains("'m'"));
    }

    private static LoraAdapter Combine(CombinationType type, params LoraAdapter[] adapters) =>
        AdapterCombination.Combine([.. adapters.Select(adapter => new WeightedAdapter(adapter, 1))], new CombinationOptions { Type = type }, Device);

    private static LoraAdapter Of(LoraModule module) => new([module]);

    private static LoraModule Module(int outputs, int inputs, int rank, string path = "m") => RandomFederation.Module(
        path, outputs, inputs, rank, RandomFederation.Normal(new Random(rank), rank * inputs), RandomFederation.Normal(new Random(rank + 1), outputs * rank));

    private static LoraModule Biased(double scaling, float[] bias) =>
        new("m", LoraModuleKind.Linear, Tensor([1, 2, 3], 1, 3), Tensor([1, 2], 2, 1), scaling, Tensor(bias, 2));

    private static Dictionary<string, TensorSource> Whole(string name, float value) => new(StringComparer.Ordinal) { [name] = Tensor([value], 1) };

    private static TensorSource Tensor(float[] values, params long[] shape) => HostTensor.FromSingles(values, new TensorShape(shape)).Source;
}
