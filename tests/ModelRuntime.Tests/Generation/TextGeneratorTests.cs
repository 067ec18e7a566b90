using System.Text.Json.Nodes;
using ModelRuntime.Decoders;
using ModelRuntime.Generation;
using ModelRuntime.Tests.Testing;
using ModelTensors.Checkpoints;

namespace ModelRuntime.Tests.Generation;

[Category("Kernels")]
public sealed class TextGeneratorTests
{
    [Test]
    public void Generate_ZooGreedy_GivesReferenceTokens()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (IGrouping<string, JsonNode> group in Goldens.Index("goldens")["cases"]!.AsArray().Select(item => item!).GroupBy(item => (string)item["model"]!, StringComparer.Ordinal))
            {
                using DecoderModel model = DecoderModel.Load(Goldens.Zoo(group.Key));
                IReadOnlyList<GeneratedSequence> generated = TextGenerator.Generate(
                    model, [.. group.Select(item => (ReadOnlyMemory<int>)Goldens.Integers(item["prompt_ids"]))], new GenerationOptions { MaxNewTokens = 8 });
                Assert.That(generated.Select(sequence => sequence.Tokens), Is.EqualTo(group.Select(item => Goldens.Integers(item["greedy_ids"]))), group.Key);
            }
        }
    }

    [TestCase("qwen2")]
    [TestCase("llama3")]
    [TestCase("llama2")]
    [TestCase("mistral")]
    [TestCase("qwen3")]
    public void Generate_VariantGreedy_GivesReferenceTokens(string name)
    {
        using Checkpoint values = Checkpoint.Open(Path.Combine(Goldens.Root, "variants", "goldens.safetensors"));
        JsonNode golden = Goldens.Index("variants")["cases"]!.AsArray().Single(item => string.Equals($"{item!["model"]}.{item["case"]}", $"{name}.left", StringComparison.Ordinal))!;
        using DecoderModel model = DecoderModel.Load(Goldens.Variant(name));
        TokenBatch batch = TokenBatch.FromPadded(Goldens.Integers(values, $"{name}.left.input_ids"), Goldens.Integers(values, $"{name}.left.attention_mask"), 3);
        ReadOnlyMemory<int>[] prompts = [.. Enumerable.Range(0, 3).Select(i => (ReadOnlyMemory<int>)batch.Tokens.Slice(batch.StartOf(i), batch.LengthOf(i)).ToArray())];
        IReadOnlyList<GeneratedSequence> generated = TextGenerator.Generate(model, prompts, new GenerationOptions { MaxNewTokens = 8, EndTokens = [] });
        Assert.That(generated.Select(sequence => sequence.Tokens), Is.EqualTo(golden["greedy_ids"]!.AsArray().Select(Goldens.Integers)));
    }

    [Test]
    public void Generate_PromptsTogetherOrAlone_GivesTheSame()
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant("mistral"));
        ReadOnlyMemory<int>[] prompts = [new[] { 3, 7, 9 }, new[] { 5 }, new[] { 8, 8, 1, 20, 33, 4, 90, 11, 12, 13, 14, 15 }];
        GenerationOptions options = new() { MaxNewTokens = 12, Temperature = 0.8, TopP = 0.9, Seed = 11, EndTokens = [] };
        IReadOnlyList<GeneratedSequence> together = TextGenerator.Generate(model, prompts, options);
        GeneratedSequence first = TextGenerator.Generate(model, prompts[..1], options)[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Tokens, Is.EqualTo(together[0].Tokens));
            Assert.That(first.LogLikelihood, Is.EqualTo(together[0].LogLikelihood));
            Assert.That(TextGenerator.Generate(model, prompts[..1], options with { Seed = 12 })[0].Tokens, Is.Not.EqualTo(first.Tokens));
        }
    }

    [Test]
    public void Generate_EndToken_EndsThatSequenceAlone()
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant("llama2"));
        ReadOnlyMemory<int>[] prompts = [new[] { 3, 7, 9 }, new[] { 5, 2 }];
        IReadOnlyList<GeneratedSequence> free = TextGenerator.Generate(model, prompts, new GenerationOptions { MaxNewTokens = 6, EndTokens = [] });
        int end = free[0].Tokens[2];
        IReadOnlyList<GeneratedSequence> ended = TextGenerator.Generate(model, prompts, new GenerationOptions { MaxNewTokens = 6, EndTokens = [end] });
        int length = free[0].Tokens.ToList().IndexOf(end) + 1;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ended[0].Tokens, Is.EqualTo(free[0].Tokens.Take(length)));
            Assert.That(ended[0].IsFinished, Is.True);
            Assert.That(free[0].IsFinished, Is.False);
            Assert.That(ended[1].Tokens, Is.EqualTo(free[1].Tokens.TakeWhile(token => token != end).Concat(free[1].Tokens.Where(token => token == end).Take(1))));
        }
    }

    [Test]
    public void Generate_EndsWhen_SeesTokensOfOnePrompt()
    {
        using DecoderModel model = DecoderModel.Load(Goldens.Variant("llama2"));
        IReadOnlyList<GeneratedSequence> generated = TextGenerator.Generate(
            model, [(int[])[3], (int[])[4, 5]], new GenerationOptions { MaxNewTokens = 6, EndTokens = [], EndsWhen = tokens => tokens.Count == 3 });
        Assert.That(generated.Select(sequence => (sequence.Tokens.Count, sequence.IsFinished)), Is.EqualTo(new[] { (3, true), (3, true) }));
    }

    /// <summary>A chi-squared test of 20,000 draws at a fixed seed: with 4 degrees of freedom 18.5 is exceeded once in a thousand seeds.</summary>
    [TestCase(1.0, 1.0, null)]
    [TestCase(0.5, 1.0, null)]
    [TestCase(2.0, 0.8, null)]
    [TestCase(1.0, 1.0, 2)]
    [TestCase(1.0, 0.6, 3)]
    public void Choose_ManyDraws_FollowsProbabilities(double temperature, double topP, int? topK)
    {
        float[] logits = [0.5f, -1, 2, 0.1f, 1.5f];
        double[] weights = [.. logits.Select(logit => Math.Exp(logit / temperature))];
        int[] order = [.. Enumerable.Range(0, 5).OrderByDescending(token => weights[token])];
        double mass = 0;
        List<int> kept = [];
        foreach (int token in order.Take(topK ?? 5))
        {
            if (mass < topP * order.Take(topK ?? 5).Sum(kind => weights[kind]))
            {
                kept.Add(token);
                mass += weights[token];
            }
        }

        const int Draws = 20_000;
        int[] counts = new int[5];
        TokenSampler sampler = new(new GenerationOptions { Temperature = temperature, TopP = topP, TopK = topK, Seed = 5 });
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Choose(logits, i % 7, i / 7)]++;
        }

        double chiSquared = kept.Sum(token => Math.Pow(counts[token] - (Draws * weights[token] / mass), 2) / (Draws * weights[token] / mass));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(kept.Sum(token => counts[token]), Is.EqualTo(Draws));
            Assert.That(chiSquared, Is.LessThan(18.5));
        }
    }
}
