using ModelTensors.Adapters;
using ModelTensors.Checkpoints;
using ModelTensors.Devices.Cpu;

namespace ModelTensors.Tests.Adapters;

/// <summary>Adapters whose initialisation changed the model: W − s·B₀A₀ + s·BA.</summary>
public sealed class AdapterConversionTests
{
    private const string P = AdapterFolder.Prefix;

    [TestCase("pissa")]
    [TestCase("pissa_niter_16")]
    [TestCase("olora")]
    [TestCase("corda")]
    [TestCase("lora_ga")]
    public void ConvertToPlain_TakesTheFirstProductBack(string initialization)
    {
        using TestFolder folder = new();
        Write(folder["trained"], initialization, [1, 2], [10, 1]);
        Write(folder["initial"], initialization, [3, 4], [1, 2]);
        using HostTensor weights = HostTensor.FromSingles([0, 0, 0, 1000], new TensorShape(2, 2));
        LoraAdapter plain = LoraAdapter.ConvertToPlain(folder["trained"], folder["initial"]);
        using AdaptedModel model = new(new MemoryTensorSet([new("layer.weight", weights)]), plain);
        Assert.That(model.TryGet("layer.weight", out TensorSource? source));
        using (Assert.EnterMultipleScope())
        {
            // s = 2: 2·([[10,20],[1,2]] − [[3,4],[6,8]]).
            Assert.That(TestFile.Floats(source!), Is.EqualTo([14f, 32, -10, 988]));
            Assert.That(plain.Modules[0].Rank, Is.EqualTo(2));
            Assert.That(plain.Modules[0].Scaling, Is.EqualTo(2));
            Assert.That(TestFile.Floats(plain.Modules[0].A), Is.EqualTo([1f, 2, 3, 4]));
            Assert.That(TestFile.Floats(plain.Modules[0].B), Is.EqualTo([10f, -1, 1, -2]));
            Assert.That(plain.EnsurePlain, Throws.Nothing);
            Assert.That(plain.Config.BaseModel, Is.EqualTo("org/model"));
            Assert.That(plain.Files, Has.Count.EqualTo(4));
            Assert.That(AdapterFolder.Refused(() => LoraAdapter.Open(folder["trained"])).Message, Does.Contain("ConvertToPlain").And.Contain(initialization));
        }
    }

    [Test]
    public void ConvertToPlain_OfConvolutionsInHalf_IsSavedAndReadBack([Values(DataType.F16, DataType.BF16, DataType.F64)] DataType type)
    {
        using TestFolder folder = new();
        using CpuDevice device = new(new CpuDeviceOptions { Threads = 1 });
        foreach ((string name, float sign) in ((string, float)[])[("trained", 1), ("initial", -1)])
        {
            AdapterFolder.Write(folder[name], AdapterFolder.Config(2, 2, ("init_lora_weights", "pissa")), Typed("c.lora_A.weight", type, [2, 1, 2], sign, 2 * sign, 3 * sign, 4 * sign), Typed("c.lora_B.weight", type, [2, 2, 1], 5, 6, 7, 8));
        }

        using LoraAdapter plain = LoraAdapter.ConvertToPlain(folder["trained"], folder["initial"]);
        plain.Save(folder["plain"], device);
        using LoraAdapter saved = LoraAdapter.Open(folder["plain"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(saved.Modules[0].A.DataType, Is.EqualTo(type));
            Assert.That(Floats(saved.Modules[0].A), Is.EqualTo([1f, 2, 3, 4, -1, -2, -3, -4]));
            Assert.That(Floats(saved.Modules[0].B), Is.EqualTo([5f, 6, -5, -6, 7, 8, -7, -8]));
        }
    }

    [Test]
    public void ConvertToPlain_OfAdaptersThatDoNotBelongTogether_IsRefusedWithEveryModule()
    {
        using TestFolder folder = new();
        AdapterFolder.Write(
            folder["trained"], AdapterFolder.Config(1, 2, ("init_lora_weights", "pissa")),
            TestFile.F32(P + "a.lora_A.weight", [1, 2], 1, 1), TestFile.F32(P + "a.lora_B.weight", [1, 1], 1), TestFile.F32(P + "b.lora_A.weight", [1, 2], 1, 1), TestFile.F32(P + "b.lora_B.weight", [1, 1], 1));
        AdapterFolder.Write(
            folder["initial"], AdapterFolder.Config(1, 1, ("init_lora_weights", true)),
            TestFile.F32(P + "a.lora_A.weight", [1, 2], 1, 1), TestFile.F32(P + "a.lora_B.weight", [1, 1], 1), TestFile.F32(P + "c.lora_A.weight", [1, 2], 1, 1), TestFile.F32(P + "c.lora_B.weight", [1, 1], 1));
        AdapterException error = Assert.Throws<AdapterException>(() => LoraAdapter.ConvertToPlain(folder["trained"], folder["initial"]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Problems.Select(problem => problem.Error), Is.EqualTo(Enumerable.Repeat(AdapterError.AdaptersDiffer, 3)));
            Assert.That(error.Message, Does.Contain("'a'").And.Contain("'b'").And.Contain("'c'").And.Contain("scaling"));
        }
    }

    [Test]
    public void ConvertToPlain_OfAnAdapterThatHoldsTheChangedWeight_IsRefused()
    {
        using TestFolder folder = new();
        (string, DataType, long[], byte[])[] factors = [TestFile.F32(P + "a.lora_A.weight", [1, 2], 1, 1), TestFile.F32(P + "a.lora_B.weight", [1, 1], 1)];
        AdapterFolder.Write(folder["initial"], AdapterFolder.Config(1, 1, ("init_lora_weights", "pissa")), factors);
        AdapterFolder.Write(folder["trained"], AdapterFolder.Config(1, 1, ("init_lora_weights", "pissa")), [.. factors, TestFile.F32(P + "a.base_layer.weight", [1, 2], 1, 1)]);
        Assert.That(AdapterFolder.Refused(() => LoraAdapter.ConvertToPlain(folder["trained"], folder["initial"])).Error, Is.EqualTo(AdapterError.AdaptersDiffer));
    }

    private static void Write(string folder, string initialization, float[] a, float[] b) => AdapterFolder.Write(
        folder,
        AdapterFolder.Config(1, 2, ("init_lora_weights", initialization), ("base_model_name_or_path", "org/model")),
        TestFile.F32(P + "layer.lora_A.weight", [1, 2], a),
        TestFile.F32(P + "layer.lora_B.weight", [2, 1], b));

    private static (string, DataType, long[], byte[]) Typed(string name, DataType type, long[] shape, params float[] values)
    {
        byte[] bytes = new byte[values.Length * type.Size];
        FloatConversion.Narrow(values, bytes, type);
        return (P + name, type, shape, bytes);
    }

    private static float[] Floats(TensorSource source)
    {
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        float[] values = new float[source.Shape.ElementCount];
        FloatConversion.Widen(bytes, source.DataType, values);
        return values;
    }
}
