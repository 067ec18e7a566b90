using ModelRuntime.Decoders;
using ModelRuntime.Decoders.Mixtures;
using ModelRuntime.Training;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Decoders.Mixtures;

/// <summary>The tensors of mixtures: layouts, what is missing or too many, what is written, what is not trained.</summary>
public sealed class MixtureCheckpointTests
{
    private static readonly TokenBatch Batch = TokenBatch.Of(TinyMixture.Tokens(11, 1), TinyMixture.Tokens(5, 2));

    [TestCase(null)]
    [TestCase(6)]
    public void Load_PackedLayout_GivesTheBitsOfTheClassicOne(int? routerHidden)
    {
        TinyMixture mixture = new("ffn") { RouterHidden = routerHidden, DenseLayers = 1 };
        using DecoderModel classic = mixture.Load();
        using DecoderModel packed = (mixture with { IsPacked = true }).Load();
        using MemoryTensorSet tensors = packed.ToTensorSet();
        using MemoryTensorSet expected = mixture.Build();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TinyMixture.Logits(packed, Batch).AsSpan().SequenceEqual(TinyMixture.Logits(classic, Batch)), Is.True);
            Assert.That(tensors.Names, Is.EquivalentTo(expected.Names));
        }
    }

    [TestCase("ffn", "model.layers.2.block_sparse_moe.experts.1.w3.weight")]
    [TestCase("ffn", "model.layers.3.block_sparse_moe.gate.weight")]
    [TestCase("ffn", "model.layers.0.mlp.w2.weight")]
    [TestCase("block", "model.layers.2.experts.1.input_layernorm.weight")]
    [TestCase("block", "model.layers.2.gate.weight")]
    [TestCase("model", "model.gate.weight")]
    public void Load_TensorMissing_IsNamed(string level, string left)
    {
        using MemoryTensorSet set = new TinyMixture(level).Build();
        MemoryTensorSet part = Without(set, left);
        RuntimeException thrown = Assert.Throws<RuntimeException>(() => DecoderModel.Load(part))!;
        Assert.That((thrown.Error, thrown.TensorName), Is.EqualTo((RuntimeError.TensorInvalid, left)));
    }

    [Test]
    public void Load_PackedTensorOfAnotherShape_IsNamedWithBothShapes()
    {
        using MemoryTensorSet set = new TinyMixture("ffn") { IsPacked = true }.Build();
        MemoryTensorSet part = Without(set, "model.layers.2.mlp.experts.down_proj");
        using HostTensor other = new(DataType.F32, new TensorShape(3, 20, 27));
        part.Add("model.layers.2.mlp.experts.down_proj", other);
        RuntimeException thrown = Assert.Throws<RuntimeException>(() => DecoderModel.Load(part))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(thrown.TensorName, Is.EqualTo("model.layers.2.mlp.experts.down_proj"));
            Assert.That(thrown.Message, Does.Contain("[3, 20, 27]").And.Contain("[3, 20, 28]"));
        }
    }

    [TestCase("ffn", "model.layers.2.block_sparse_moe.experts.3.w1.weight")]
    [TestCase("ffn", "model.layers.1.mlp.experts.down_proj.bias")]
    [TestCase("block", "model.layers.0.gate.weight")]
    [TestCase("model", "model.layers.1.gate.weight")]
    public void Load_TensorTooMany_IsNamed(string level, string more)
    {
        using MemoryTensorSet set = new TinyMixture(level).Build();
        MemoryTensorSet all = Without(set, "none");
        using HostTensor other = new(DataType.F32, new TensorShape(3, 20));
        all.Add(more, other);
        RuntimeException thrown = Assert.Throws<RuntimeException>(() => DecoderModel.Load(all))!;
        Assert.That((thrown.Error, thrown.TensorName), Is.EqualTo((RuntimeError.Unsupported, more)));
    }

    [TestCase(ExpertLevel.FeedForward, null)]
    [TestCase(ExpertLevel.Block, 5)]
    [TestCase(ExpertLevel.Model, null)]
    public void Load_OfWhatWasSaved_GivesTheSameBits(ExpertLevel level, int? routerHidden)
    {
        using TestFolder folder = new();
        DecoderConfig config = TinyMixture.Qwen with { TiesEmbeddings = true, Mixture = new MixtureConfig { Level = level, ExpertCount = 3, DenseLayerCount = 2, RouterHiddenSize = routerHidden } };
        using DecoderModel model = DecoderModel.Create(config, 5);
        DecoderCheckpoint.Save(model, folder["model"], DataType.F32);
        using DecoderModel read = DecoderModel.Load(folder["model"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Config with { EndTokens = config.EndTokens }, Is.EqualTo(config));
            Assert.That(TinyMixture.Logits(read, Batch).AsSpan().SequenceEqual(TinyMixture.Logits(model, Batch)), Is.True);
        }
    }

    [Test]
    public void Train_Mixture_IsRefused()
    {
        using DecoderModel model = new TinyMixture("ffn").Load();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => model.TrainAll(), Throws.TypeOf<RuntimeException>().With.Property(nameof(RuntimeException.Error)).EqualTo(RuntimeError.Unsupported).And.Message.Contains("before they are mixed"));
            Assert.That(() => model.AttachLora(new LoraOptions { Rank = 2 }, 1), Throws.TypeOf<RuntimeException>());
            Assert.That(() => model.AddGradients(Batch, new int[16], 1), Throws.TypeOf<RuntimeException>());
        }
    }

    [TestCase("ffn")]
    [TestCase("block")]
    [TestCase("model")]
    public void Loss_Mixture_RoutesByWhatStandsBeforeTheLabels(string level)
    {
        using DecoderModel model = new TinyMixture(level) { RoutesSequences = true }.Load();
        int[] labels = [-1, -1, -1, .. Batch.Tokens[4..11], -1, -1, .. Batch.Tokens[13..16], -1];
        LossSum loss = model.Loss(Batch, labels);
        float[] logits = TinyMixture.Logits(model, Batch, new ForwardOptions { PromptLengths = [4, 2] });
        double expected = Enumerable.Range(0, 16).Where(row => labels[row] >= 0).Sum(row =>
            Math.Log(Enumerable.Range(0, 30).Sum(token => Math.Exp(logits[(row * 30) + token]))) - logits[(row * 30) + labels[row]]);
        Assert.That((loss.NegativeLogLikelihood, loss.Labels), Is.EqualTo((expected, 10)).Within(1e-5));
    }

    [TestCase("ffn", 3, 16, false)]
    [TestCase("block", 3, 2, true)]
    [TestCase("model", 1, 2, true)]
    public void Forward_KeepsRouting_TellsWhatEachRouterDecided(string level, int routers, int rows, bool isOfSequences)
    {
        using DecoderModel model = new TinyMixture(level).Load();
        using DecoderOutput output = model.Forward(Batch, new ForwardOptions { KeepsRouting = true });
        using DecoderOutput plain = model.Forward(Batch);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plain.Routing, Is.Empty);
            Assert.That(output.Routing.Select(layer => layer.Layer), Is.EqualTo(Enumerable.Range(1, routers)));
            foreach (RouterDecisions layer in output.Routing)
            {
                Assert.That((layer.RowCount, layer.ExpertCount, layer.ChosenCount, layer.IsOfSequences), Is.EqualTo((rows, 3, 2, isOfSequences)));
                for (int row = 0; row < rows; row++)
                {
                    float[] logits = layer.LogitsOf(row).ToArray();
                    int[] best = [.. Enumerable.Range(0, 3).OrderByDescending(expert => logits[expert]).Take(2)];
                    Assert.That(layer.ExpertsOf(row).ToArray(), Is.EqualTo(best));
                    Assert.That(layer.WeightsOf(row)[0], Is.EqualTo(1 / (1 + Math.Exp((double)logits[best[1]] - logits[best[0]]))).Within(1e-6));
                }
            }

            Assert.That(() => output.Routing[0].LogitsOf(rows).Length, Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void Forward_KeepsRouting_OfSequencesThatGoOnTellsWhatWasDecided()
    {
        using DecoderModel model = new TinyMixture("block").Load();
        using KeyValueCache cache = model.CreateCache(2);
        using DecoderOutput first = model.Forward(Batch, new ForwardOptions { Cache = cache, KeepsRouting = true });
        using DecoderOutput next = model.Forward(TokenBatch.Of((int[])[4], (int[])[5]), new ForwardOptions { Cache = cache, KeepsRouting = true });
        Assert.That(
            next.Routing.SelectMany(layer => (float[])[.. layer.LogitsOf(0), .. layer.LogitsOf(1)]), Is.EqualTo(first.Routing.SelectMany(layer => (float[])[.. layer.LogitsOf(0), .. layer.LogitsOf(1)])));
    }

    [Test]
    public void Forward_KeepsFeedForwardInputs_AreWhatRoutersOfTokensSee()
    {
        using MemoryTensorSet set = new TinyMixture("ffn").Build();
        using DecoderModel model = DecoderModel.Load(set);
        using DecoderOutput output = model.Forward(Batch, new ForwardOptions { KeepsRouting = true, KeepsFeedForwardInputs = true });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.FeedForwardInputs.Select(tensor => tensor.Shape), Is.EqualTo(Enumerable.Repeat(new TensorShape(16, 20), 4)));
            foreach (RouterDecisions layer in output.Routing)
            {
                set.TryGet($"model.layers.{layer.Layer}.block_sparse_moe.gate.weight", out TensorSource? source);
                using HostTensor gate = Floats.Copy(source!);
                float[] weights = gate.ToSingles();
                float[] states = output.FeedForwardInputs[layer.Layer].ToSingles();
                double expected = Enumerable.Range(0, 20).Sum(i => (double)weights[20 + i] * states[(7 * 20) + i]);
                Assert.That(layer.LogitsOf(7)[1], Is.EqualTo(expected).Within(1e-5));
            }
        }
    }

    [Test]
    public void Forward_KeepsFeedForwardInputsOfWholeLayers_IsRefused()
    {
        using DecoderModel model = new TinyMixture("block").Load();
        Assert.That(() => model.Forward(Batch, new ForwardOptions { KeepsFeedForwardInputs = true }), Throws.TypeOf<RuntimeException>().With.Property(nameof(RuntimeException.Error)).EqualTo(RuntimeError.Unsupported));
    }

    private static MemoryTensorSet Without(MemoryTensorSet from, string left)
    {
        MemoryTensorSet set = new(from.Config);
        foreach (string name in from.Names.Where(name => !string.Equals(name, left, StringComparison.Ordinal)))
        {
            from.TryGet(name, out TensorSource? source);
            set.Add(name, source!);
        }

        return set;
    }
}
