using System.Text.Json.Nodes;
using ModelRuntime.Encoders;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Encoders;

[Category("Kernels")]
public sealed class EncoderModelTests
{
    [Test]
    public void Forward_OfTheGolden_IsWithinATenThousandth()
    {
        BertGolden golden = BertGolden.Load();
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);

        using EncoderOutput output = model.Forward(golden.Batch, new EncoderForwardOptions { TokenTypes = golden.Types, KeepsHiddenStates = true });

        using (Assert.EnterMultipleScope())
        {
            for (int layer = 0; layer < 3; layer++)
            {
                Assert.That(Distance(output.HiddenStates[layer].ToSingles(), golden.HiddenAt(layer)), Is.LessThan(1e-5), $"layer {layer}");
            }

            Assert.That(output.LastHiddenState.ToSingles(), Is.EqualTo(output.HiddenStates[2].ToSingles()));
        }
    }

    [Test]
    public void Pool_OfTheGolden_IsItsEmbeddingAndItsPooler()
    {
        BertGolden golden = BertGolden.Load();
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);
        using EncoderOutput output = model.Forward(golden.Batch, new EncoderForwardOptions { TokenTypes = golden.Types });

        using HostTensor mean = model.Pool(golden.Batch, output.LastHiddenState);
        using HostTensor pooled = model.Pool(golden.Batch, output.LastHiddenState, EncoderPooling.Pooler);

        for (int row = 0; row < golden.Rows; row++)
        {
            SequencePooling.Normalize(mean.Row(row));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Distance(mean.ToSingles(), golden.Embedding), Is.LessThan(1e-6));
            Assert.That(Distance(pooled.ToSingles(), golden.Pooled), Is.LessThan(1e-5));
        }
    }

    [Test]
    public void Pool_OfFirstTokenAndMaximum_TakesThemFromTheRowsOfEachSequence()
    {
        BertGolden golden = BertGolden.Load();
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);
        using EncoderOutput output = model.Forward(golden.Batch);

        using HostTensor first = model.Pool(golden.Batch, output.LastHiddenState, EncoderPooling.FirstToken);
        using HostTensor largest = model.Pool(golden.Batch, output.LastHiddenState, EncoderPooling.Max);

        int start = golden.Batch.StartOf(1);
        float[] column = [.. Enumerable.Range(start, golden.Batch.LengthOf(1)).Select(row => output.LastHiddenState.Row(row)[5])];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Row(1).ToArray(), Is.EqualTo(output.LastHiddenState.Row(start).ToArray()));
            Assert.That(largest.Row(1)[5], Is.EqualTo(column.Max()));
        }
    }

    [Test]
    public void Forward_AloneOrInABatchOnAnyNumberOfThreads_GivesTheSameBits([Values(1, 2, 5)] int threads)
    {
        BertGolden golden = BertGolden.Load();
        using EncoderModel single = EncoderModel.Load(BertGolden.Folder, new RuntimeOptions { Threads = 1 });
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder, new RuntimeOptions { Threads = threads });
        ReadOnlyMemory<int>[] sequences = [.. Enumerable.Range(0, 12).Select(i => (ReadOnlyMemory<int>)golden.Batch.Tokens.Slice(golden.Batch.StartOf(i % 3), golden.Batch.LengthOf(i % 3)).ToArray())];

        using EncoderOutput together = model.Forward(TokenBatch.Of(sequences));

        float[] states = together.LastHiddenState.ToSingles();
        int start = 0;
        foreach (ReadOnlyMemory<int> sequence in sequences)
        {
            using EncoderOutput alone = single.Forward(TokenBatch.Of(sequence));
            float[] expected = alone.LastHiddenState.ToSingles();
            Assert.That(states.AsSpan(start, expected.Length).SequenceEqual(expected), Is.True);
            start += expected.Length;
        }
    }

    [TestCase("bert.")]
    [TestCase("roberta.")]
    public void Load_OfNamesWithAPrefixOrOldNorms_IsTheSameModel(string prefix)
    {
        BertGolden golden = BertGolden.Load();
        using Checkpoint checkpoint = Checkpoint.Open(BertGolden.Folder);
        MemoryTensorSet renamed = new(checkpoint.Config);
        foreach (string name in checkpoint.Names)
        {
            Assert.That(checkpoint.TryGet(name, out TensorSource? source), Is.True);
            renamed.Add(prefix + name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal), source!);
        }

        using EncoderModel model = EncoderModel.Load(renamed);
        using EncoderModel plain = EncoderModel.Load(checkpoint);
        using EncoderOutput output = model.Forward(golden.Batch);
        using EncoderOutput expected = plain.Forward(golden.Batch);

        Assert.That(output.LastHiddenState.ToSingles(), Is.EqualTo(expected.LastHiddenState.ToSingles()));
    }

    [Test]
    public void Forward_OfHalfPrecisionWeights_IsThatOfTheirWidenedValues([Values(DataType.F16, DataType.BF16)] DataType type)
    {
        BertGolden golden = BertGolden.Load();
        using Checkpoint checkpoint = Checkpoint.Open(BertGolden.Folder);
        using Converted stored = new(checkpoint, type);
        using Converted widened = new(stored.Set, DataType.F32);
        using EncoderModel narrow = EncoderModel.Load(stored.Set);
        using EncoderModel wide = EncoderModel.Load(widened.Set);

        using EncoderOutput output = narrow.Forward(golden.Batch);
        using EncoderOutput expected = wide.Forward(golden.Batch);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.LastHiddenState.ToSingles(), Is.EqualTo(expected.LastHiddenState.ToSingles()));
            Assert.That(narrow.Fingerprint, Is.Not.EqualTo(wide.Fingerprint));
        }
    }

    [TestCase("model_type", "\"distilbert\"", RuntimeError.Unsupported)]
    [TestCase("model_type", "null", RuntimeError.ConfigInvalid)]
    [TestCase("position_embedding_type", "\"relative_key\"", RuntimeError.Unsupported)]
    [TestCase("hidden_act", "\"silu\"", RuntimeError.Unsupported)]
    [TestCase("is_decoder", "true", RuntimeError.Unsupported)]
    [TestCase("hidden_size", "0", RuntimeError.ConfigInvalid)]
    [TestCase("hidden_size", "2000000000", RuntimeError.ConfigInvalid)]
    [TestCase("num_attention_heads", "5", RuntimeError.ConfigInvalid)]
    [TestCase("num_hidden_layers", "\"two\"", RuntimeError.ConfigInvalid)]
    [TestCase("num_hidden_layers", "3", RuntimeError.TensorInvalid)]
    [TestCase("intermediate_size", "95", RuntimeError.TensorInvalid)]
    [TestCase("layer_norm_eps", "-1", RuntimeError.ConfigInvalid)]
    public void Load_OfAConfigurationThatTheEngineCannotRun_SaysWhy(string key, string value, RuntimeError error)
    {
        using Checkpoint checkpoint = Checkpoint.Open(BertGolden.Folder);
        JsonObject document = checkpoint.Config!.ToDocument();
        document[key] = JsonNode.Parse(value);
        MemoryTensorSet set = new(new ModelConfig(document));
        foreach (string name in checkpoint.Names)
        {
            Assert.That(checkpoint.TryGet(name, out TensorSource? source), Is.True);
            set.Add(name, source!);
        }

        RuntimeException thrown = Assert.Throws<RuntimeException>(() => EncoderModel.Load(set))!;

        Assert.That(thrown.Error, Is.EqualTo(error), thrown.Message);
    }

    [Test]
    public void Read_OfRoberta_BeginsPositionsBehindThePadding()
    {
        JsonObject document = JsonNode.Parse(File.ReadAllText(Path.Combine(BertGolden.Folder, "config.json")))!.AsObject();
        document["model_type"] = "roberta";
        document["pad_token_id"] = 1;

        EncoderConfig config = EncoderConfig.Read(new ModelConfig(document));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(config.FirstPosition, Is.EqualTo(2));
            Assert.That(config.MaxLength, Is.EqualTo(30));
        }
    }

    [Test]
    public void Forward_OfWhatTheModelDoesNotHave_IsRefused()
    {
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => model.Forward(TokenBatch.Of(new int[33])), Throws.ArgumentException.With.Message.Contains("33"));
            Assert.That(() => model.Forward(TokenBatch.Of((int[])[3, 160])), Throws.ArgumentException.With.Message.Contains("160"));
            Assert.That(() => model.Forward(TokenBatch.Of(new int[2]), new EncoderForwardOptions { TokenTypes = (int[])[0, 2] }), Throws.ArgumentException);
            Assert.That(() => model.Forward(TokenBatch.Of(new int[2]), new EncoderForwardOptions { TokenTypes = (int[])[0] }), Throws.ArgumentException);
            Assert.That(() => model.Forward(TokenBatch.Of(new int[2]), cancellationToken: new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        }
    }

    private static double Distance(float[] a, float[] b)
    {
        Assert.That(a, Has.Length.EqualTo(b.Length));
        return a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max();
    }

    private sealed class Converted : IDisposable
    {
        private readonly List<HostTensor> _tensors = [];

        public Converted(TensorSet set, DataType type)
        {
            Set = new MemoryTensorSet(set.Config);
            foreach (string name in set.Names)
            {
                Assert.That(set.TryGet(name, out TensorSource? source), Is.True);
                byte[] bytes = new byte[source!.ByteLength];
                source.Read(0, bytes);
                float[] values = new float[source.Shape.ElementCount];
                FloatConversion.Widen(bytes, source.DataType, values);
                HostTensor tensor = HostTensor.FromSingles(values, source.Shape, type);
                _tensors.Add(tensor);
                Set.Add(name, tensor);
            }
        }

        public MemoryTensorSet Set { get; }

        public void Dispose() => _tensors.ForEach(tensor => tensor.Dispose());
    }
}
