using ModelAggregation.Merging;
using ModelAggregation.Stacking;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;
using static ModelAggregation.Tests.Stacking.StackModels;

namespace ModelAggregation.Tests.Stacking;

public sealed class ModelStackerTests
{
    private const string Embedding = "model.embed_tokens.weight";

    [TestCase(StackMethod.Stack, "a0 a1 a2 b0")]
    [TestCase(StackMethod.Interleave, "a0 b0 a1 a2")]
    public void Layers_AreNumberedWithoutGaps_WhateverTheDepths(StackMethod method, string order)
    {
        using TestModel first = Create(layers: 3, rows: 2, first: 0);
        using TestModel second = Create(layers: 1, rows: 2, first: 1000);
        using TestFolder folder = new();

        StackingReport report = Stacker(first, second).Stack(Recipe(method, first, second), folder["out"]);

        using Checkpoint stack = Checkpoint.Open(folder["out"]);
        string[] layers = order.Split(' ');
        using (Assert.EnterMultipleScope())
        {
            Assert.That((report.LayerCount, report.TensorCount, report.ParameterCount), Is.EqualTo((4, 3 + (2 * 4), 4 + 2 + 4 + (8 * 4L))));
            Assert.That(stack.Names, Has.Count.EqualTo(11));
            Assert.That(stack.Config!.LayerCount, Is.EqualTo(4));
            for (int layer = 0; layer < layers.Length; layer++)
            {
                TestModel model = layers[layer][0] == 'a' ? first : second;
                foreach (string suffix in (string[])["mlp.up_proj.weight", "input_layernorm.weight"])
                {
                    Assert.That(TensorBytes.Read(stack, $"model.layers.{layer}.{suffix}"), Is.EqualTo(TensorBytes.Read(model[$"model.layers.{layers[layer][1]}.{suffix}"].Source)), $"{layer} {suffix}");
                }
            }
        }
    }

    [Test]
    public void ThreeModels_AreInterleaved_ByHand()
    {
        using TestModel first = Create(layers: 2, rows: 2, first: 0);
        using TestModel second = Create(layers: 1, rows: 2, first: 1000);
        using TestModel third = Create(layers: 3, rows: 2, first: 2000);
        using StackingPlan plan = Stacker(first, second, third).Plan(Recipe(StackMethod.Interleave, first, second, third));

        Assert.That(plan.Layers.Select(layer => $"{layer.Model}{layer.Layer}"), Is.EqualTo((string[])["a0", "b0", "c0", "a1", "c1", "c2"]));
    }

    [Test]
    public void OutsideTheLayers_EachRowIsTheMeanOfThoseThatHaveIt()
    {
        using TestModel first = Create(layers: 1, rows: 2, first: 0);
        using TestModel second = Create(layers: 1, rows: 3, first: 10);
        using TestFolder folder = new();
        Stacker(first, second).Stack(Recipe(StackMethod.Stack, first, second), folder["out"]);

        using Checkpoint stack = Checkpoint.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            // (0 + 10)/2, (1 + 11)/2, (2 + 12)/2, (3 + 13)/2, and the last row from the second alone.
            Assert.That(TensorBytes.Singles(stack, Embedding), Is.EqualTo((float[])[5, 6, 7, 8, 14, 15]));
            Assert.That(TensorBytes.Singles(stack, "model.norm.weight"), Is.EqualTo((float[])[55, 56]));
            Assert.That(stack.Config!.GetInt32("vocab_size"), Is.EqualTo(3));
        }
    }

    [Test]
    public void AnyAxis_IsPadded()
    {
        using TestModel first = Create(layers: 1, rows: 2, first: 0).Add("positions", DataType.F32, [2, 2, 1], 1, 2, 3, 4);
        using TestModel second = Create(layers: 1, rows: 2, first: 0).Add("positions", DataType.F32, [1, 3, 1], 10, 20, 30);
        using TestFolder folder = new();
        Stacker(first, second).Stack(Recipe(StackMethod.Stack, first, second), folder["out"]);

        // [[1, 2], [3, 4]] and [[10, 20, 30]]; nobody has the last.
        using Checkpoint stack = Checkpoint.Open(folder["out"]);
        Assert.That(TensorBytes.Singles(stack, "positions"), Is.EqualTo((float[])[5.5f, 11, 30, 3, 4, 0]));
    }

    [Test]
    public void RunsLongerThanABuffer_HaveTheMeansOfAScalarLoop()
    {
        const int columns = 3001;
        using TestModel first = Create(layers: 1, rows: 2, first: 0).Add("tail.weight", DataType.BF16, [100, columns], [.. Enumerable.Range(0, 100 * columns).Select(i => MathF.Sin(i))]);
        using TestModel second = Create(layers: 1, rows: 2, first: 0).Add("tail.weight", DataType.F16, [61, columns], [.. Enumerable.Range(0, 61 * columns).Select(i => MathF.Cos(i))]);
        using TestModel third = Create(layers: 1, rows: 2, first: 0).Add("tail.weight", DataType.F32, [85, columns], [.. Enumerable.Range(0, 85 * columns).Select(i => MathF.Sin(i / 3f))]);
        TestModel[] models = [first, second, third];
        using TestFolder folder = new();
        Stacker(models).Stack(Recipe(StackMethod.Stack, models) with { OutputDataType = DataType.F32 }, folder["out"]);

        using Checkpoint stack = Checkpoint.Open(folder["out"]);
        float[][] inputs = [.. models.Select(model => model["tail.weight"].ToSingles())];
        float[] values = TensorBytes.Singles(stack, "tail.weight");
        int wrong = Enumerable.Range(0, values.Length).Count(i =>
        {
            double[] own = [.. inputs.Where(input => i < input.Length).Select(input => (double)input[i])];
            return values[i] != (float)(own.Sum() / own.Length);
        });
        Assert.That((values.Length, wrong), Is.EqualTo((100 * columns, 0)));
    }

    [Test]
    public void AModelWithItself_HasItsOwnTensors()
    {
        using TestModel model = Create(layers: 2, rows: 3, first: 0.37f, DataType.BF16);
        using TestFolder folder = new();
        Stacker(model).Stack(new StackingRecipe { Models = ["a", "a"] }, folder["out"]);

        using Checkpoint stack = Checkpoint.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stack.Config!.LayerCount, Is.EqualTo(4));
            foreach (string name in (string[])[Embedding, "model.norm.weight", "lm_head.weight"])
            {
                Assert.That(TensorBytes.Read(stack, name), Is.EqualTo(TensorBytes.Read(model[name].Source)), name);
            }
        }
    }

    [Test]
    public void AType_IsRoundedToOnce_AndSaid()
    {
        using TestModel model = Create(layers: 1, rows: 1, first: 1.001f);
        using TestFolder folder = new();
        Stacker(model).Stack(new StackingRecipe { Models = ["a", "a"], OutputDataType = DataType.BF16 }, folder["out"]);

        using Checkpoint stack = Checkpoint.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            // 1.001 lies nearer to 1 than to 1.0078125; 201 and 202 are whole.
            Assert.That(TensorBytes.Singles(stack, "model.embed_tokens.weight"), Is.EqualTo((float[])[1, 2]));
            Assert.That(TensorBytes.Read(stack, "model.layers.1.mlp.up_proj.weight"), Has.Length.EqualTo(6 * sizeof(ushort)));
            Assert.That(TensorBytes.Singles(stack, "model.layers.1.mlp.up_proj.weight"), Is.EqualTo((float[])[201, 202, 203, 204, 205, 206]));
            Assert.That(stack.Config!.ToDocument()["torch_dtype"]!.GetValue<string>(), Is.EqualTo("bfloat16"));
        }
    }

    [TestCase(DataType.F32, DataType.F16, 70_000f, "tail.weight")]
    [TestCase(DataType.F32, DataType.F32, float.NaN, "tail.weight")]
    [TestCase(DataType.F32, DataType.F16, 70_000f, "model.layers.0.extra.weight")]
    [TestCase(DataType.F16, DataType.F16, float.PositiveInfinity, "model.layers.0.extra.weight")]
    public void WhatIsNotFiniteInTheOutput_IsRefused(DataType stored, DataType output, float value, string tensor)
    {
        using TestModel first = Create(layers: 1, rows: 2, first: 0).Add(tensor, stored, [3], 1, value, value);
        using TestModel second = Create(layers: 1, rows: 2, first: 0).Add(tensor, stored, [3], 1, value, value);
        using TestFolder folder = new();
        StackingRecipe recipe = Recipe(StackMethod.Stack, first, second) with { OutputDataType = output };

        MergeDataException error = Assert.Throws<MergeDataException>(() => Stacker(first, second).Stack(recipe, folder["out"]))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Error, error.TensorName, error.Count), Is.EqualTo((MergeDataError.NonFiniteOutput, tensor, 2L)));
            Assert.That(Directory.Exists(folder["out"]), Is.False);
        }
    }

    [Test]
    public void LargeDoubles_AreFinite()
    {
        byte[] bytes = BitConverter.GetBytes(1e300);
        using TestModel model = Create(layers: 1, rows: 2, first: 0).AddBytes("model.layers.0.extra.weight", DataType.F64, [1], bytes);
        using TestFolder folder = new();
        Stacker(model).Stack(new StackingRecipe { Models = ["a", "a"] }, folder["out"]);

        using Checkpoint stack = Checkpoint.Open(folder["out"]);
        Assert.That(TensorBytes.Read(stack, "model.layers.1.extra.weight"), Is.EqualTo(bytes));
    }

    [Test]
    public void ACancelledStack_GoesOn_ToTheSameFiles()
    {
        using TestFolder folder = new();
        using TestModel first = Create(layers: 3, rows: 2, first: 0);
        using TestModel second = Create(layers: 2, rows: 4, first: 1000);
        StackingRecipe recipe = new() { Models = [first.Write(folder["a"]), second.Write(folder["b"])], Method = StackMethod.Interleave };
        ModelStacker stacker = new();
        stacker.Stack(recipe, folder["whole"], new StackingOptions { ShardSize = 64 });
        using CancellationTokenSource stop = new();
        Listener progress = new(report =>
        {
            if (report.TensorsDone == 4)
            {
                stop.Cancel();
            }
        });

        Assert.That(() => stacker.Stack(recipe, folder["out"], new StackingOptions { ShardSize = 64 }, progress, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        bool isThere = Directory.Exists(folder["out"]);
        StackingReport report = stacker.Stack(recipe, folder["out"], new StackingOptions { ShardSize = 64 });

        string[] files = [.. Directory.GetFiles(folder["whole"]).Select(Path.GetFileName).OfType<string>()];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(isThere, Is.False);
            Assert.That(report.ResumedTensorCount, Is.EqualTo(4));
            Assert.That(files, Does.Contain("config.json").And.Contain("stacking_recipe.yml").And.Contain("README.md").And.Contain("model.safetensors.index.json"));
            Assert.That(Directory.GetFiles(folder["out"]).Select(Path.GetFileName), Is.EquivalentTo(files));
            Assert.That(files, Is.All.Matches((string? file) => File.ReadAllBytes(folder["out", file!]).AsSpan().SequenceEqual(File.ReadAllBytes(folder["whole", file!]))));
        }
    }

    [Test]
    public void AnOutputThatIsAnInput_IsRefused()
    {
        using TestFolder folder = new();
        using TestModel model = Create(layers: 1, rows: 2, first: 0);
        string path = model.Write(folder["a"]);

        Assert.That(() => new ModelStacker().Stack(new StackingRecipe { Models = [path, path] }, path, new StackingOptions { Overwrite = true }), Throws.InstanceOf<StackingException>().With.Message.Contains("choose another"));
    }

    [Test]
    public void TheTokenizer_IsThatOfTheModelThatIsAskedFor()
    {
        using TestFolder folder = new();
        using TestModel model = Create(layers: 1, rows: 2, first: 0);
        string first = model.Write(folder["a"]);
        string second = model.Write(folder["b"]);
        File.WriteAllText(folder["a", "vocab.txt"], "one\ntwo\n");
        File.WriteAllText(folder["b", "vocab.txt"], "one\nother\n");

        StackingReport report = new ModelStacker().Stack(new StackingRecipe { Models = [first, second], TokenizerModel = second }, folder["out"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(folder["out", "vocab.txt"]), Is.EqualTo("one\nother\n"));
            Assert.That(report.Warnings, Has.One.Contains("1 rows are of other tokens"));
        }
    }

    private sealed class Listener(Action<StackingProgress> action) : IProgress<StackingProgress>
    {
        public void Report(StackingProgress value) => action(value);
    }
}
