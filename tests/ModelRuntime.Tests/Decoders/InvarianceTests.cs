using ModelRuntime.Decoders;
using ModelRuntime.Tests.Testing;
using ModelRuntime.Training;

namespace ModelRuntime.Tests.Decoders;

/// <summary>What must not change a bit: padding, batch, cache, blocks of queries, threads.</summary>
[Category("Kernels")]
public sealed class InvarianceTests
{
    private static readonly string[] Names = ["qwen2", "llama3", "llama2", "mistral", "qwen3"];

    [TestCaseSource(nameof(Names))]
    public void Forward_AloneInBatchOrPadded_GivesSameBits(string name)
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant(name), new RuntimeOptions { Threads = 2 });
        int[] sequence = Tokens(9, 1);
        int[] other = Tokens(14, 2);
        float[] alone = Logits(model, TokenBatch.Of(sequence));
        float[] batched = Logits(model, TokenBatch.Of(other, sequence, other));
        int[] left = [.. new int[5], .. sequence, .. other];
        int[] leftMask = [.. new int[5], .. Ones(9), .. Ones(14)];
        int[] right = [.. sequence, .. new int[5], .. other];
        int[] rightMask = [.. Ones(9), .. new int[5], .. Ones(14)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(batched.AsSpan(14 * 160, 9 * 160).SequenceEqual(alone), Is.True);
            Assert.That(Logits(model, TokenBatch.FromPadded(left, leftMask, 2)).AsSpan(0, 9 * 160).SequenceEqual(alone), Is.True);
            Assert.That(Logits(model, TokenBatch.FromPadded(right, rightMask, 2)).AsSpan(0, 9 * 160).SequenceEqual(alone), Is.True);
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Forward_LongSequence_GivesSameBitsWithCache(string name)
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant(name), new RuntimeOptions { Threads = 2 });

        // More than two blocks of queries, and pieces that end nowhere in particular.
        int[] sequence = Tokens(300, 3);
        float[] whole = Logits(model, TokenBatch.Of(sequence));
        using KeyValueCache cache = model.CreateCache(2);
        List<float> pieces = [];
        int start = 0;
        foreach (int length in (int[])[131, 1, 1, 40, 127])
        {
            using DecoderOutput output = model.Forward(TokenBatch.Of(sequence.AsMemory(start, length)), new ForwardOptions { Cache = cache, CacheSequences = [1] });
            pieces.AddRange(output.Logits.ToSingles());
            start += length;
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(whole, Has.Length.EqualTo(300 * 160));
            Assert.That(pieces.ToArray().AsSpan().SequenceEqual(whole), Is.True);
            Assert.That((cache.LengthOf(0), cache.LengthOf(1)), Is.EqualTo((0, 300)));
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Forward_TruncatedCache_GoesOnFromThere(string name)
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant(name));
        int[] sequence = Tokens(30, 4);
        using KeyValueCache cache = model.CreateCache(1);
        model.Forward(TokenBatch.Of(sequence), new ForwardOptions { Cache = cache }).Dispose();
        cache.Truncate(0, 20);
        using DecoderOutput again = model.Forward(TokenBatch.Of(sequence.AsMemory(20)), new ForwardOptions { Cache = cache });
        Assert.That(again.Logits.ToSingles().AsSpan().SequenceEqual(Logits(model, TokenBatch.Of(sequence)).AsSpan(20 * 160)), Is.True);
    }

    [Test]
    public void AddGradients_AnyThreads_GivesSameBits()
    {
        float[][] gradients = [.. ((int[])[1, 2, 5]).Select(threads =>
        {
            using DecoderModel model = DecoderModel.Load(Goldens.Variant("qwen3"), new RuntimeOptions { Threads = threads });
            IReadOnlyList<Parameter> parameters = model.TrainAll();
            int[][] sequences = [.. Enumerable.Range(0, 12).Select(i => Tokens(20 + (13 * i), i))];
            TokenBatch batch = TokenBatch.Of([.. sequences.Select(sequence => (ReadOnlyMemory<int>)sequence)]);
            int[] labels = [.. sequences.SelectMany(sequence => sequence.Skip(1).Append(-1))];
            model.AddGradients(batch, labels, 0.01);
            return parameters.SelectMany(parameter => parameter.Gradient.ToSingles()).ToArray();
        })];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(gradients[1].AsSpan().SequenceEqual(gradients[0]), Is.True);
            Assert.That(gradients[2].AsSpan().SequenceEqual(gradients[0]), Is.True);
        }
    }

    [Test]
    public void Forward_LogitRows_GivesThoseOfAll()
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant("llama2"));
        TokenBatch batch = TokenBatch.Of(Tokens(9, 1), Tokens(5, 2));
        float[] all = Logits(model, batch);
        using DecoderOutput output = model.Forward(batch, new ForwardOptions { LogitRows = [13, 2] });
        Assert.That(output.Logits.ToSingles(), Is.EqualTo(all[(13 * 160)..].Concat(all[320..480])));
    }

    internal static int[] Tokens(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(3, 160))];
    }

    private static int[] Ones(int count) => [.. Enumerable.Repeat(1, count)];

    private static float[] Logits(DecoderModel model, TokenBatch batch)
    {
        using DecoderOutput output = model.Forward(batch);
        return output.Logits.ToSingles();
    }
}
