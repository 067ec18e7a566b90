using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using static ModelAggregation.Tests.Merging.Engine.MergeRig;

namespace ModelAggregation.Tests.Merging.Engine;

/// <summary>What comes out: bytes, types, names and configuration.</summary>
public sealed class EngineBytesTests
{
    [Test]
    public void TensorBytes_AreTheSame_ForAnyFilesThreadsAndMemory()
    {
        using TestFolder folder = new();
        WriteModels(folder, DataType.BF16);
        ModelMerger merger = new();
        Dictionary<string, byte[]>? first = null;
        foreach ((long shard, int threads, long memory) in (ReadOnlySpan<(long, int, long)>)[(5_000_000_000, 2, 256L << 20), (1, 1, 1 << 20), (700_000, 3, 4 << 20), (1_300_000, 7, 1 << 20)])
        {
            merger.Merge(Ties(folder), folder["out"], new MergeOptions { ShardSize = shard, Threads = threads, WorkingMemory = memory, Overwrite = true });

            Dictionary<string, byte[]> bytes = TensorBytes.ReadAll(folder["out"]);
            first ??= bytes;
            AssertSame(bytes, first, $"shards of {shard}, {threads} threads, {memory} bytes of memory");
        }

        using MergePlan plan = merger.Plan(Ties(folder));
        using MergedModel inMemory = merger.MergeInMemory(plan);
        AssertSame(TensorBytes.ReadAll(inMemory), first!, "in memory");
    }

    [Test]
    public void ShardSize_DecidesTheFiles()
    {
        using TestFolder folder = new();
        WriteModels(folder, DataType.BF16);
        int[] counts = [.. ((long[])[1, 1_300_000, 5_000_000_000]).Select(size =>
        {
            new ModelMerger().Merge(Ties(folder), folder["out"], new MergeOptions { ShardSize = size, Overwrite = true });
            return Directory.GetFiles(folder["out"], "*.safetensors").Length;
        })];

        Assert.That(counts, Is.EqualTo((int[])[6, 3, 1]));
    }

    [Test]
    public void Types_AreConverted_WithOneRounding(
        [Values(DataType.F16, DataType.BF16, DataType.F32, DataType.F64)] DataType from, [Values(DataType.F16, DataType.BF16, DataType.F32)] DataType to)
    {
        float[] values = [1, -2.5f, 0.1f, 3.0009766f, 1.00390625f, 1.01171875f, 60000, 1e-3f, -7e-6f, 0];
        using TestModel model = new TestModel().Add("w", from, [values.Length], values);
        float[] stored = [.. values.Select(value => Round(value, from))];

        float[] actual = Values(MergeRecipe.With("linear").Model("a", weight: 1).OutputType(to).Build(), ("a", model));

        Assert.That(actual, Is.EqualTo(stored.Select(value => Round(value, to))));
    }

    [TestCase("", DataType.F32, "linear", TestName = "{m}: linear of different types is F32")]
    [TestCase("", DataType.BF16, "task_arithmetic", TestName = "{m}: a base model's type is kept")]
    [TestCase("dtype: float16", DataType.F16, "linear", TestName = "{m}: dtype")]
    [TestCase("dtype: float32\nout_dtype: bfloat16", DataType.BF16, "linear", TestName = "{m}: out_dtype before dtype")]
    public void OutputType_Is(string lines, DataType expected, string method)
    {
        using TestModel a = new TestModel().Add("w", DataType.BF16, [2], 1, 2);
        using TestModel b = new TestModel().Add("w", DataType.F16, [2], 3, 4);
        string text = method is "linear"
            ? $"merge_method: linear\nmodels: [{{model: a, parameters: {{weight: 1}}}}, {{model: b, parameters: {{weight: 1}}}}]\n{lines}"
            : $"merge_method: {method}\nbase_model: a\nmodels: [{{model: b, parameters: {{weight: 1}}}}]\n{lines}";
        ModelMerger merger = Merger(("a", a), ("b", b));
        using MergePlan plan = merger.Plan(MergeRecipe.Parse(text));
        using MergedModel output = merger.MergeInMemory(plan);

        Assert.That(output.Tensors["w"].DataType, Is.EqualTo(expected));
        Assert.That(TensorBytes.Singles(output, "w"), Is.EqualTo(method is "linear" ? (float[])[2, 3] : [3, 4]));
    }

    [Test]
    public void IntegerTensors_ThatAgree_AreCopied()
    {
        byte[] ids = [1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127];
        using TestModel a = W(1, 2).AddBytes("ids", DataType.I64, [2], ids);
        using TestModel b = W(3, 4).AddBytes("ids", DataType.I64, [2], ids);

        Dictionary<string, byte[]> output = Merge(
            MergeRecipe.With("linear").Model("a", weight: 1).Model("b", weight: 1).OutputType(DataType.BF16).IntegerTensors(IntegerPolicy.Copy).Build(), ("a", a), ("b", b));

        Assert.That(output["ids"], Is.EqualTo(ids));
        Assert.That(output["w"], Has.Length.EqualTo(4));
    }

    [Test]
    public void Slices_AreRenumbered_AndCounted()
    {
        using TestFolder folder = new();
        foreach ((string name, float offset) in (ReadOnlySpan<(string, float)>)[("a", 0), ("b", 100)])
        {
            using TestModel model = new() { Config = new JsonObject { ["num_hidden_layers"] = 4, ["torch_dtype"] = "float32", ["custom"] = "kept" } };
            model.Add("model.embed_tokens.weight", DataType.F32, [1, 2], offset, offset);
            for (int layer = 0; layer < 4; layer++)
            {
                model.Add($"model.layers.{layer}.up.weight", offset + layer, offset + layer);
            }

            model.Add("model.norm.weight", offset + 50);
            model.Write(folder[name]);
        }

        new ModelMerger().Merge(
            MergeRecipe.With("passthrough").Slice(slice => slice.Layers(folder["a"], 1, 4)).Slice(slice => slice.Layers(folder["b"], 0, 3)).Build(), folder["out"]);

        using Checkpoint output = Checkpoint.Open(folder["out"]);
        Assert.That(
            Enumerable.Range(0, 6).Select(layer => TensorBytes.Singles(output, $"model.layers.{layer}.up.weight")[0]), Is.EqualTo((float[])[1, 2, 3, 100, 101, 102]));
        JsonObject config = output.Config!.ToDocument();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.Names, Has.Count.EqualTo(8));
            Assert.That(TensorBytes.Singles(output, "model.embed_tokens.weight")[0], Is.Zero, "what stands before the layers is of the first slice");
            Assert.That(TensorBytes.Singles(output, "model.norm.weight")[0], Is.EqualTo(150), "what stands after them is of the last");
            Assert.That((int)config["num_hidden_layers"]!, Is.EqualTo(6));
            Assert.That((string?)config["custom"], Is.EqualTo("kept"));
        }
    }

    [Test]
    public void ATiedHead_IsReadFromTheEmbedding()
    {
        using TestModel tied = new TestModel { Config = new JsonObject { ["tie_word_embeddings"] = true } }.Add("model.embed_tokens.weight", DataType.F32, [2, 1], 1, 2);
        using TestModel untied = new TestModel { Config = new JsonObject { ["tie_word_embeddings"] = false } }
            .Add("model.embed_tokens.weight", DataType.F32, [2, 1], 3, 4).Add("lm_head.weight", DataType.F32, [2, 1], 5, 6);
        ModelMerger merger = Merger(("tied", tied), ("untied", untied));
        using MergePlan plan = merger.Plan(MergeRecipe.With("linear").Model("tied", weight: 1).Model("untied", weight: 1).Build());
        using MergedModel output = merger.MergeInMemory(plan);

        Assert.That(TensorBytes.Singles(output, "lm_head.weight"), Is.EqualTo((float[])[3, 4]), "the mean of (1, 2) and (5, 6)");
        Assert.That(output.Config!.TiesWordEmbeddings, Is.False);
    }

    [Test]
    public void EightBitFloats_AreMergedThroughTheirScales()
    {
        using TestFolder folder = new();
        // In F8_E4M3, 0x38 is 1, 0x40 is 2, 0xBC is −1.5.
        using (TestModel quantized = new TestModel().AddBytes("q.weight", DataType.F8E4M3, [1, 3], [0x38, 0x40, 0xBC]).Add("q.weight_scale", DataType.F32, [], 4))
        {
            quantized.Write(folder["f8"]);
        }

        using (TestModel plain = new TestModel().Add("q.weight", DataType.BF16, [1, 3], 2, 2, 2))
        {
            plain.Write(folder["plain"]);
        }

        new ModelMerger().Merge(MergeRecipe.With("linear").Model(folder["f8"], weight: 1).Model(folder["plain"], weight: 1).OutputType(DataType.BF16).Build(), folder["out"]);

        using Checkpoint output = Checkpoint.Open(folder["out"]);
        Assert.That(output.Names, Is.EqualTo((string[])["q.weight"]));
        Assert.That(TensorBytes.Singles(output, "q.weight"), Is.EqualTo((float[])[3, 5, -2]));
    }

    [Test]
    public void AnEmptyTensor_StaysEmpty()
    {
        using TestModel a = W(1).Add("none", DataType.F32, [0, 4]);

        Dictionary<string, byte[]> output = Merge(MergeRecipe.With("linear").Model("a", weight: 1).Build(), ("a", a));

        Assert.That(output["none"], Is.Empty);
    }

    [Test]
    public void AMergedModelInMemory_CanBeMergedOn()
    {
        using TestModel a = W(1, 2);
        using TestModel b = W(3, 6);
        ModelMerger merger = Merger(("a", a), ("b", b));
        using MergePlan plan = merger.Plan(MergeRecipe.With("linear").Model("a", weight: 1).Model("b", weight: 1).Build());
        using MergedModel mean = merger.MergeInMemory(plan);
        ModelMerger next = new(new MemoryModelResolver([KeyValuePair.Create<string, TensorSet>("a", a.ToSet()), KeyValuePair.Create<string, TensorSet>("mean", mean)]));
        using MergePlan second = next.Plan(MergeRecipe.With("linear").Model("a", weight: 1).Model("mean", weight: 3).Build());
        using MergedModel output = next.MergeInMemory(second);

        Assert.That(TensorBytes.Singles(output, "w"), Is.EqualTo((float[])[1.75f, 3.5f]));
    }

    internal static void AssertSame(Dictionary<string, byte[]> actual, Dictionary<string, byte[]> expected, string what)
    {
        Assert.That(actual.Keys, Is.EquivalentTo(expected.Keys), what);
        Assert.That(expected.Keys.Where(name => !actual[name].AsSpan().SequenceEqual(expected[name])), Is.Empty, $"tensors that differ: {what}");
    }

    private static float Round(float value, DataType type) => type switch
    {
        DataType.F16 => (float)(Half)value,
        DataType.BF16 => BitConverter.UInt32BitsToSingle(NearestUpperHalf(BitConverter.SingleToUInt32Bits(value))),
        _ => value,
    };

    // To nearest, ties to even, of the lower sixteen bits.
    private static uint NearestUpperHalf(uint bits)
    {
        uint rest = bits & 0xFFFF;
        uint upper = bits - rest;
        bool isUp = rest > 0x8000 || (rest == 0x8000 && (upper & 0x10000) != 0);
        return isUp ? upper + 0x10000 : upper;
    }
}
