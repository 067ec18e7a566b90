using ModelRuntime.Decoders;
using ModelRuntime.Generation;

namespace ModelRuntime.Tests.Decoders.Mixtures;

/// <summary>What must not change a bit of what a mixture gives: padding, batch, cache, threads, and what comes behind a prompt.</summary>
[Category("Kernels")]
public sealed class MixtureInvarianceTests
{
    private static readonly TinyMixture[] All =
    [
        new("ffn") { Experts = 4 },
        new("ffn") { Experts = 4, RoutesSequences = true },
        new("ffn") { RoutesSequences = true, Pooler = "last_token", RouterHidden = 6, DenseLayers = 0 },
        new("block") { Experts = 4 },
        new("block") { Pooler = "last_token", RouterHidden = 6, DenseLayers = 0 },
        new("block") { Pooler = "first_token" },
        new("model") { Chosen = 1, Experts = 4 },
        new("model") { Chosen = 2, Pooler = "last_token" },
    ];

    private static readonly int[] Places = [.. Enumerable.Range(0, All.Length)];

    [TestCaseSource(nameof(Places))]
    public void Forward_AloneInBatchOrPadded_GivesSameBits(int place)
    {
        using DecoderModel model = All[place].Load(threads: 2);
        int[] sequence = TinyMixture.Tokens(9, 1);
        int[] other = TinyMixture.Tokens(14, 2);
        float[] alone = TinyMixture.Logits(model, TokenBatch.Of(sequence));
        int[] ones = [1, 1, 1, 1, 1, 1, 1, 1, 1];
        int[] otherOnes = [.. ones, 1, 1, 1, 1, 1];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TinyMixture.Logits(model, TokenBatch.Of(other, sequence, other)).AsSpan(14 * 30, 9 * 30).SequenceEqual(alone), Is.True, "batch");
            Assert.That(TinyMixture.Logits(model, TokenBatch.FromPadded([.. new int[5], .. sequence, .. other], [.. new int[5], .. ones, .. otherOnes], 2)).AsSpan(0, 9 * 30).SequenceEqual(alone), Is.True, "left");
            Assert.That(TinyMixture.Logits(model, TokenBatch.FromPadded([.. sequence, .. new int[5], .. other], [.. ones, .. new int[5], .. otherOnes], 2)).AsSpan(0, 9 * 30).SequenceEqual(alone), Is.True, "right");
        }
    }

    [TestCaseSource(nameof(Places))]
    public void Forward_AnyThreads_GivesSameBits(int place)
    {
        TokenBatch batch = TokenBatch.Of([.. Enumerable.Range(0, 12).Select(i => (ReadOnlyMemory<int>)TinyMixture.Tokens(20 + i, i))]);
        float[][] logits = [.. ((int[])[1, 2, 5]).Select(threads =>
        {
            using DecoderModel model = All[place].Load(threads);
            return TinyMixture.Logits(model, batch);
        })];
        Assert.That(logits[1].AsSpan().SequenceEqual(logits[0]) && logits[2].AsSpan().SequenceEqual(logits[0]), Is.True);
    }

    [TestCaseSource(nameof(Places))]
    public void Forward_WithCache_GivesSameBits(int place)
    {
        using DecoderModel model = All[place].Load(threads: 2);
        int[][] sequences = [TinyMixture.Tokens(40, 3), TinyMixture.Tokens(33, 4)];
        int[] prompts = [17, 5];
        float[] whole = TinyMixture.Logits(model, TokenBatch.Of(sequences[0], sequences[1]), new ForwardOptions { PromptLengths = prompts });
        using KeyValueCache cache = model.CreateCache(3);
        List<float>[] pieces = [[], []];
        foreach ((int from, int to) in ((int, int)[])[(0, 17), (17, 18), (18, 33)])
        {
            // The second sequence begins with its prompt and two tokens behind it, and goes on in pieces of other lengths.
            (int secondFrom, int secondTo) = (from == 0 ? 0 : from - 10, to - 10);
            TokenBatch batch = TokenBatch.Of(sequences[0].AsMemory(from..to), sequences[1].AsMemory(secondFrom..secondTo));
            float[] logits = TinyMixture.Logits(model, batch, new ForwardOptions { Cache = cache, CacheSequences = [2, 0], PromptLengths = from == 0 ? prompts : null });
            pieces[0].AddRange(logits[..((to - from) * 30)]);
            pieces[1].AddRange(logits[((to - from) * 30)..]);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(pieces[0].ToArray().AsSpan().SequenceEqual(whole.AsSpan(0, 33 * 30)), Is.True);
            Assert.That(pieces[1].ToArray().AsSpan().SequenceEqual(whole.AsSpan(40 * 30, 23 * 30)), Is.True);
        }
    }

    [TestCaseSource(nameof(Places))]
    public void Forward_TruncatedCache_KeepsOrForgetsWhatWasDecided(int place)
    {
        using DecoderModel model = All[place].Load();
        int[] first = TinyMixture.Tokens(12, 6);
        int[] second = TinyMixture.Tokens(9, 7);
        using KeyValueCache cache = model.CreateCache(1);
        float[] whole = TinyMixture.Logits(model, TokenBatch.Of(first), new ForwardOptions { Cache = cache, PromptLengths = [4] });
        cache.Truncate(0, 6);
        float[] again = TinyMixture.Logits(model, TokenBatch.Of(first.AsMemory(6)), new ForwardOptions { Cache = cache });
        cache.Truncate(0, 0);
        float[] fresh = TinyMixture.Logits(model, TokenBatch.Of(second), new ForwardOptions { Cache = cache });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.AsSpan().SequenceEqual(whole.AsSpan(6 * 30)), Is.True);
            Assert.That(fresh.AsSpan().SequenceEqual(TinyMixture.Logits(model, TokenBatch.Of(second))), Is.True);
        }
    }

    [TestCaseSource(nameof(Places))]
    public void Forward_OtherTokensBehindThePrompt_ChangeNothingBefore(int place)
    {
        using DecoderModel model = All[place].Load();
        int[] prompt = TinyMixture.Tokens(6, 8);
        ForwardOptions options = new() { PromptLengths = [6] };
        float[] left = TinyMixture.Logits(model, TokenBatch.Of((int[])[.. prompt, .. TinyMixture.Tokens(5, 9)]), options);
        float[] right = TinyMixture.Logits(model, TokenBatch.Of((int[])[.. prompt, .. TinyMixture.Tokens(7, 10)]), options);
        Assert.That(left.AsSpan(0, 6 * 30).SequenceEqual(right.AsSpan(0, 6 * 30)), Is.True);
    }

    [TestCaseSource(nameof(Places))]
    public void Generate_TogetherOrAlone_IsWhatForwardPassesSay(int place)
    {
        using DecoderModel model = All[place].Load();
        ReadOnlyMemory<int>[] prompts = [TinyMixture.Tokens(6, 11), TinyMixture.Tokens(1, 12), TinyMixture.Tokens(17, 13)];
        GenerationOptions options = new() { MaxNewTokens = 8, EndTokens = [] };
        IReadOnlyList<GeneratedSequence> together = TextGenerator.Generate(model, prompts, options);
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < prompts.Length; i++)
            {
                Assert.That(TextGenerator.Generate(model, prompts[i..(i + 1)], options)[0].LogLikelihood, Is.EqualTo(together[i].LogLikelihood));
                int[] whole = [.. prompts[i].ToArray(), .. together[i].Tokens];
                float[] logits = TinyMixture.Logits(model, TokenBatch.Of(whole), new ForwardOptions { PromptLengths = [prompts[i].Length] });
                Assert.That(Enumerable.Range(prompts[i].Length - 1, 8).Select(row => Array.IndexOf(logits, logits.AsSpan(row * 30, 30).ToArray().Max(), row * 30) - (row * 30)), Is.EqualTo(together[i].Tokens));
            }
        }
    }

    [TestCase(0)]
    [TestCase(7)]
    public void Forward_PromptThatIsNotFedAsAWhole_IsRefused(int length)
    {
        using DecoderModel model = All[3].Load();
        Assert.That(() => model.Forward(TokenBatch.Of((int[])[3, 4, 5, 6, 7, 8]), new ForwardOptions { PromptLengths = [length] }), Throws.ArgumentException.With.Message.Contains($"{length} tokens"));
    }

    [Test]
    public void Forward_LengthsOfOtherPrompts_AreRefused()
    {
        using DecoderModel model = All[3].Load();
        Assert.That(() => model.Forward(TokenBatch.Of((int[])[3, 4]), new ForwardOptions { PromptLengths = [1, 1] }), Throws.ArgumentException.With.Message.Contains("2 lengths"));
    }
}
