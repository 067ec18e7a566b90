using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;

namespace ModelTensors.Tests.Checkpoints;

[TestFixture(SafetensorsReadMode.Positioned)]
[TestFixture(SafetensorsReadMode.Mapped)]
public sealed class Float8CheckpointTests(SafetensorsReadMode mode)
{
    // 1, 2, -1.5, 448, 2^-9 (the smallest subnormal), 0
    private static readonly byte[] SixE4M3 = [0x38, 0x40, 0xBC, 0x7E, 0x01, 0x00];

    private const string Fp8 = """{"quantization_config":{"quant_method":"fp8","weight_block_size":[2,2],"modules_to_not_convert":["lm_head"],"ignore":["re:.*router"]}}""";

    private const string Compressed = """{"quantization_config":{"quant_method":"compressed-tensors","format":"float-quantized"}}""";

    [Test]
    public void Scalar_MultipliesEachElement_AndScalesVanish()
    {
        using TestFolder folder = new();
        TestFile.Write(
            folder["model.safetensors"],
            ("q.weight", DataType.F8E4M3, [2, 3], SixE4M3),
            TestFile.F32("q.weight_scale", [], 0.5f),
            TestFile.F32("q.input_scale", [1], 9),
            TestFile.F32("k.k_scale", [1], 9));
        folder.Write("config.json", Compressed);
        using Checkpoint checkpoint = Open(folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(checkpoint.Names, Is.EquivalentTo(["q.weight", "k.k_scale"]));
            Assert.That(checkpoint.DequantizedNames, Is.EqualTo(["q.weight"]));
            Assert.That(checkpoint.TryGet("q.weight_scale", out _), Is.False);
            Assert.That(checkpoint.TryGet("q.weight", out TensorSource? q), Is.True);
            Assert.That(q!.DataType, Is.EqualTo(DataType.F32));
            Assert.That(q.Shape, Is.EqualTo(new TensorShape(2, 3)));
            Assert.That(TestFile.Floats(q), Is.EqualTo([0.5f, 1, -0.75f, 224, 1f / 1024, 0]));
        }
    }

    [Test]
    public void Rows_HaveAScaleEach([Values(1, 2)] int rank, [Values("_scale", "_scale_inv")] string suffix)
    {
        using TestFolder folder = new();
        // 4 in bf16 is 0x4080, 0.5 is 0x3F00.
        TestFile.Write(
            folder["model.safetensors"],
            ("q.weight", DataType.F8E4M3, [2, 3], SixE4M3),
            ("q.weight" + suffix, DataType.BF16, rank == 1 ? [2] : [2, 1], [0x80, 0x40, 0x00, 0x3F]));
        using Checkpoint checkpoint = Open(folder);
        _ = checkpoint.TryGet("q.weight", out TensorSource? q);
        Assert.That(TestFile.Floats(q!), Is.EqualTo([4f, 8, -6, 224, 1f / 1024, 0]));
    }

    [Test]
    public void Blocks_HaveAScaleEach_AtAnyRangeOfElements()
    {
        using TestFolder folder = new();
        byte[] ones = new byte[15];
        ones.AsSpan().Fill(0x38);
        TestFile.Write(
            folder["model.safetensors"],
            ("q.weight", DataType.F8E4M3, [3, 5], ones),
            TestFile.F32("q.weight_scale_inv", [2, 3], 1, 2, 3, 4, 5, 6));
        folder.Write("config.json", Fp8);
        using Checkpoint checkpoint = Open(folder);
        _ = checkpoint.TryGet("q.weight", out TensorSource? q);
        float[] expected = [1, 1, 2, 2, 3, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6];
        for (int start = 0; start <= 15; start++)
        {
            for (int count = 0; count <= 15 - start; count++)
            {
                byte[] bytes = new byte[4 * count];
                q!.Read(start, bytes);
                Assert.That(
                    System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).SequenceEqual(expected.AsSpan(start, count)), Is.True, $"{start}, {count}");
            }
        }
    }

    [Test]
    public void Table_OfE4M3_IsExact()
    {
        float[] values = AllPatterns(DataType.F8E4M3);
        for (int i = 0; i < 256; i++)
        {
            int exponent = (i >> 3) & 15, mantissa = i & 7;
            double magnitude = (i & 0x7F) == 0x7F ? double.NaN
                : exponent == 0 ? mantissa * Math.Pow(2, -9)
                : (1 + (mantissa / 8.0)) * Math.Pow(2, exponent - 7);
            Assert.That(values[i], Is.EqualTo((float)(i < 128 ? magnitude : -magnitude)), $"0x{i:X2}");
        }
    }

    [Test]
    public void Table_OfE5M2_IsTheUpperByteOfAHalf()
    {
        float[] values = AllPatterns(DataType.F8E5M2);
        for (int i = 0; i < 256; i++)
        {
            Assert.That(values[i], Is.EqualTo((float)BitConverter.UInt16BitsToHalf((ushort)(i << 8))), $"0x{i:X2}");
        }
    }

    [Test]
    public void WithoutScaleAndConfiguration_OrInTheIgnoreList_StaysFloat8()
    {
        using TestFolder folder = new();
        TestFile.Write(folder["a", "model.safetensors"], ("q.weight", DataType.F8E5M2, [6], SixE4M3));
        TestFile.Write(
            folder["b", "model.safetensors"],
            ("model.lm_head.weight", DataType.F8E4M3, [6], SixE4M3),
            ("layers.0.router.weight", DataType.F8E4M3, [6], SixE4M3));
        folder.Write("b/config.json", Fp8);
        using Checkpoint a = Checkpoint.Open(folder["a"]);
        using Checkpoint b = Checkpoint.Open(folder["b"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(a.TryGet("q.weight", out TensorSource? q) ? q.DataType : default, Is.EqualTo(DataType.F8E5M2));
            Assert.That(b.TryGet("model.lm_head.weight", out TensorSource? head) ? head.DataType : default, Is.EqualTo(DataType.F8E4M3));
            Assert.That(b.TryGet("layers.0.router.weight", out TensorSource? router) ? router.DataType : default, Is.EqualTo(DataType.F8E4M3));
            Assert.That(b.DequantizedNames, Is.Empty);
        }
    }

    [Test]
    public void WithoutAScale_ThoughTheConfigurationSaysSo_Refuses() =>
        Refuses(Fp8, "q.weight", ("q.weight", DataType.F8E4M3, [6], SixE4M3));

    [Test]
    public void ScaleOfAnotherShape_Refuses()
    {
        using (Assert.EnterMultipleScope())
        {
            Refuses(Fp8, "[2, 2]", ("q.weight", DataType.F8E4M3, [2, 3], SixE4M3), TestFile.F32("q.weight_scale", [2, 2], 1, 1, 1, 1));
            Refuses(Compressed, "weight_block_size", ("q.weight", DataType.F8E4M3, [2, 3], SixE4M3), TestFile.F32("q.weight_scale", [1, 2], 1, 1));
            Refuses(Fp8, "[3]", ("q.weight", DataType.F8E4M3, [2, 3], SixE4M3), TestFile.F32("q.weight_scale", [3], 1, 1, 1));
        }
    }

    [Test]
    public void ScaleOfAnotherType_OrTwoScales_Refuse()
    {
        using (Assert.EnterMultipleScope())
        {
            Refuses(Fp8, "I32", ("q.weight", DataType.F8E4M3, [2, 3], SixE4M3), ("q.weight_scale", DataType.I32, [1], [1, 0, 0, 0]));
            Refuses(Fp8, "both", ("q.weight", DataType.F8E4M3, [2, 3], SixE4M3), TestFile.F32("q.weight_scale", 1), TestFile.F32("q.weight_scale_inv", 1));
        }
    }

    [TestCase("""{"quantization_config":{"quant_method":"bitsandbytes","load_in_4bit":true}}""", "bitsandbytes")]
    [TestCase("""{"quantization_config":{"quant_method":"gptq","bits":4}}""", "gptq")]
    [TestCase("""{"quantization_config":{"quant_method":"awq"}}""", "awq")]
    [TestCase("""{"quantization_config":{"quant_method":"compressed-tensors","format":"pack-quantized"}}""", "pack-quantized")]
    [TestCase("""{"quantization_config":{}}""", "none named")]
    public void OtherQuantization_IsRefusedByName(string config, string name) => Refuses(config, name, TestFile.F32("a", 1));

    private static void Refuses(string config, string message, params (string Name, DataType Type, long[] Shape, byte[] Data)[] tensors)
    {
        using TestFolder folder = new();
        TestFile.Write(folder["model.safetensors"], tensors);
        folder.Write("config.json", config);
        Assert.That(() => Checkpoint.Open(folder.Path), CheckpointTests.Fails(CheckpointError.UnsupportedQuantization).And.Message.Contains(message));
    }

    private float[] AllPatterns(DataType type)
    {
        using TestFolder folder = new();
        TestFile.Write(
            folder["model.safetensors"], ("q.weight", type, [256], [.. Enumerable.Range(0, 256).Select(i => (byte)i)]), TestFile.F32("q.weight_scale", 1));
        using Checkpoint checkpoint = Open(folder);
        _ = checkpoint.TryGet("q.weight", out TensorSource? q);
        return TestFile.Floats(q!);
    }

    private Checkpoint Open(TestFolder folder) => Checkpoint.Open(folder.Path, new CheckpointOptions { ReadMode = mode });
}
