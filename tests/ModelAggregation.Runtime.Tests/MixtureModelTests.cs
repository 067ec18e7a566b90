using ModelAggregation.Evaluation;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Decoders.Mixtures;
using ModelRuntime.Tokenizers;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Runtime.Tests;

/// <summary>Mixtures of experts as language models, and where they send prompts.</summary>
public sealed class MixtureModelTests
{
    private static readonly CharacterTokenizer Characters = new();

    private static readonly LogLikelihoodRequest[] Questions =
    [
        new("abc", "x"), new("abc", "yz"), new("abc", "some more") { Ends = true }, new(string.Empty, "srt"), .. Enumerable.Range(0, 12).Select(i => new LogLikelihoodRequest(new string('q', i), "bc")),
    ];

    private static readonly string[] Prompts = ["abc", "longer prompt", "z", "another one", "0123456789"];

    [TestCase(ExpertLevel.FeedForward, true)]
    [TestCase(ExpertLevel.FeedForward, false)]
    [TestCase(ExpertLevel.Block, true)]
    [TestCase(ExpertLevel.Model, true)]
    public async Task Answers_AreTheSameBits_InAnyBatchAndInPieces(ExpertLevel level, bool routesSequences)
    {
        await using RuntimeLanguageModel reference = new(Tiny(level, routesSequences), Characters);
        await using RuntimeLanguageModel alone = new(Tiny(level, routesSequences), Characters, new RuntimeLanguageModelOptions { BatchTokens = 1 });
        await using RuntimeLanguageModel pieces = new(Tiny(level, routesSequences), Characters, options: null, mostLogits: 2 * 128);
        string[] texts = ["a text of many characters, longer than the context", "x"];
        GenerationRequest[] requests = [.. Prompts.Select(prompt => new GenerationRequest(prompt) { MaxTokens = 6 })];

        using (Assert.EnterMultipleScope())
        {
            IReadOnlyList<LogLikelihood> answers = await reference.LogLikelihoodAsync(Questions);
            Assert.That(await alone.LogLikelihoodAsync(Questions), Is.EqualTo(answers));
            Assert.That(await pieces.LogLikelihoodAsync(Questions), Is.EqualTo(answers));
            Assert.That(await pieces.RollingLogLikelihoodAsync(texts), Is.EqualTo(await reference.RollingLogLikelihoodAsync(texts)));
            Assert.That(await alone.GenerateAsync(requests), Is.EqualTo(await reference.GenerateAsync(requests)));
        }
    }

    [Test]
    public async Task Continuations_OfAContext_GoTheSameWay()
    {
        using DecoderModel decoder = Tiny(ExpertLevel.Block, routesSequences: true);
        await using RuntimeLanguageModel model = new(Tiny(ExpertLevel.Block, routesSequences: true), Characters);
        int[] tokens = [1, .. "abcsome more".Select(c => (int)c), 2];
        using DecoderOutput output = decoder.Forward(TokenBatch.Of(tokens.AsMemory(0, 13)), new ForwardOptions { PromptLengths = [4] });
        using DecoderOutput other = decoder.Forward(TokenBatch.Of(tokens.AsMemory(0, 13)));

        double answer = (await model.LogLikelihoodAsync([Questions[2]]))[0].LogProbability;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer, Is.EqualTo(Score(output)).Within(1e-12));
            Assert.That(Score(other), Is.Not.EqualTo(answer).Within(1e-6), "routing by the whole text is something else");
        }

        double Score(DecoderOutput from) => Enumerable.Range(4, 10).Sum(i =>
        {
            double[] logits = [.. from.Logits.AsSpan<float>((i - 1L) * 128, 128).ToArray().Select(logit => (double)logit)];
            return logits[tokens[i]] - Math.Log(logits.Sum(Math.Exp));
        });
    }

    [Test]
    public async Task Continuations_WhoseFirstTokenIsPartlyTheContexts_GoTheSameWay()
    {
        using DecoderModel decoder = Tiny(ExpertLevel.Block, routesSequences: true);
        await using RuntimeLanguageModel model = new(Tiny(ExpertLevel.Block, routesSequences: true), new MergingTokenizer());
        int[] merged = [1, 'x', 'y', 'z', MergingTokenizer.Merged];
        int[] other = [1, 'x', 'y', 'z', 'a', 'c', 'd'];

        IReadOnlyList<LogLikelihood> answers = await model.LogLikelihoodAsync([new("xyza", "b"), new("q", "r"), new("xyza", "cd")]);
        double alone = (await model.LogLikelihoodAsync([new("xyza", "cd")]))[0].LogProbability;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers[0].LogProbability, Is.EqualTo(Score(decoder, merged, first: 4, prompt: 4)).Within(1e-12));
            Assert.That(answers[2].LogProbability, Is.EqualTo(Score(decoder, other, first: 5, prompt: 4)).Within(1e-12));
            Assert.That(answers[2].TokenCount, Is.EqualTo(2));
            Assert.That(alone, Is.EqualTo(Score(decoder, other, first: 5, prompt: 5)).Within(1e-12).And.Not.EqualTo(answers[2].LogProbability).Within(1e-9));
        }
    }

    [Test]
    public async Task Continuations_OfAContextThatIsCut_GoTheSameWay()
    {
        using DecoderModel decoder = Tiny(ExpertLevel.Block, routesSequences: true);
        await using RuntimeLanguageModel model = new(Tiny(ExpertLevel.Block, routesSequences: true), Characters);
        const string Context = "abcdefghijklmnopqrstuvwxyz";

        // 27 tokens with the one that begins, and 4 more: 24 are fed and the last one is only scored, so that the last 21 of the context stay for both.
        int[] context = [.. Context[^21..].Select(c => (int)c)];

        IReadOnlyList<LogLikelihood> answers = await model.LogLikelihoodAsync([new(Context, "0123"), new(Context, "5")]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers[0].LogProbability, Is.EqualTo(Score(decoder, [.. context, '0', '1', '2', '3'], first: 21, prompt: 21)).Within(1e-12));
            Assert.That(answers[1].LogProbability, Is.EqualTo(Score(decoder, [.. context, '5'], first: 21, prompt: 21)).Within(1e-12));
        }
    }

    [TestCase(ExpertLevel.FeedForward, false, 1)]
    [TestCase(ExpertLevel.FeedForward, true, 2048)]
    [TestCase(ExpertLevel.Block, true, 20)]
    [TestCase(ExpertLevel.Model, true, 2048)]
    public void Routing_IsThatOfEachPromptAlone(ExpertLevel level, bool routesSequences, int batchTokens)
    {
        using DecoderModel decoder = Tiny(level, routesSequences);
        RuntimeRouting routing = RuntimeRouting.Read(
            ModelCandidate.FromTensors("mixture", decoder.ToTensorSet()), Prompts, Characters, Zoo.OneThread, new RuntimeLanguageModelOptions { BatchTokens = batchTokens });

        Assert.That(routing.Layers, Is.EqualTo(level == ExpertLevel.Model ? (int[])[1] : [1, 2]));
        using (Assert.EnterMultipleScope())
        {
            for (int prompt = 0; prompt < Prompts.Length; prompt++)
            {
                int[] tokens = [1, .. Prompts[prompt].Select(c => (int)c)];
                using DecoderOutput output = decoder.Forward(TokenBatch.Of(tokens), new ForwardOptions { KeepsRouting = true });
                for (int router = 0; router < routing.Layers.Count; router++)
                {
                    float[] expected = [.. Enumerable.Range(0, output.Routing[router].RowCount).SelectMany(row => output.Routing[router].LogitsOf(row).ToArray())];
                    Range rows = routing.RowsOf(prompt);
                    Assert.That(routing.Logits[router][(rows.Start.Value * 3)..(rows.End.Value * 3)], Is.EqualTo(expected));
                }
            }

            Assert.That(routing.Statistics.Layers.Select(layer => layer.Load.Sum()), Is.All.EqualTo(2).Within(1e-12));
        }
    }

    [Test]
    public void Routing_OfADenseModel_IsUnsupported() => Assert.That(
        () => RuntimeRouting.Read(Zoo.Candidate("a-base"), Prompts, Characters, Zoo.OneThread),
        Throws.TypeOf<EvaluationException>().With.Property(nameof(EvaluationException.Error)).EqualTo(EvaluationError.Unsupported).And.Message.Contains("no routers"));

    [TestCase(ExpertLevel.FeedForward, "model.layers.2.block_sparse_moe.gate.weight")]
    [TestCase(ExpertLevel.Model, "model.gate.weight")]
    public void Routing_OfDamagedWeights_IsNotFinite(ExpertLevel level, string gate)
    {
        using DecoderModel decoder = Tiny(level, routesSequences: false);
        using MemoryTensorSet tensors = decoder.ToTensorSet();
        using HostTensor damaged = HostTensor.FromSingles([.. Enumerable.Repeat(float.NaN, 3 * 16)], new TensorShape(3, 16));
        using MemoryTensorSet mixture = new(tensors.Config);
        foreach (string name in tensors.Names)
        {
            tensors.TryGet(name, out TensorSource? source);
            mixture.Add(name, string.Equals(name, gate, StringComparison.Ordinal) ? damaged.Source : source!);
        }

        Assert.That(
            () => RuntimeRouting.Read(ModelCandidate.FromTensors("mixture", mixture), Prompts, Characters, Zoo.OneThread),
            Throws.TypeOf<EvaluationException>().With.Property(nameof(EvaluationException.Error)).EqualTo(EvaluationError.NotFinite).And.Message.Contains($"layer {(level == ExpertLevel.Model ? 1 : 2)}"));
    }

    [TestCase(ExpertLevel.FeedForward, true)]
    [TestCase(ExpertLevel.Block, false)]
    public async Task States_AtFeedForwardBlocks_AreThereWhereALayerHasOne(ExpertLevel level, bool has)
    {
        using DecoderModel decoder = Tiny(level, routesSequences: true);
        await using RuntimeHiddenStates source = new(Tiny(level, routesSequences: true), Characters);

        PromptStates states = (await source.ReadAsync(["z", "abc"]))[1];

        Assert.That(states.HasFeedForwardInputs, Is.EqualTo(has));
        if (has)
        {
            int[] tokens = [1, 'a', 'b', 'c'];
            using DecoderOutput output = decoder.Forward(TokenBatch.Of(tokens), new ForwardOptions { KeepsFeedForwardInputs = true });
            using (Assert.EnterMultipleScope())
            {
                for (int layer = 0; layer < 3; layer++)
                {
                    float[][] rows = [.. Enumerable.Range(0, 4).Select(token => output.FeedForwardInputs[layer].AsSpan<float>(token * 16L, 16).ToArray())];
                    Assert.That(states.FeedForwardLast(layer).ToArray(), Is.EqualTo(rows[^1]));
                    Assert.That(states.FeedForwardMean(layer).ToArray(), Is.EqualTo(Enumerable.Range(0, 16).Select(i => (float)rows.Average(row => (double)row[i]))).Within(1).Ulps);
                }
            }
        }
    }

    private static double Score(DecoderModel decoder, int[] tokens, int first, int prompt)
    {
        using DecoderOutput output = decoder.Forward(TokenBatch.Of(tokens.AsMemory(0, tokens.Length - 1)), new ForwardOptions { PromptLengths = [prompt] });
        return Enumerable.Range(first, tokens.Length - first).Sum(i =>
        {
            double[] logits = [.. output.Logits.AsSpan<float>((i - 1L) * 128, 128).ToArray().Select(logit => (double)logit)];
            return logits[tokens[i]] - Math.Log(logits.Sum(Math.Exp));
        });
    }

    private static DecoderModel Tiny(ExpertLevel level, bool routesSequences) => DecoderModel.Create(
        new DecoderConfig
        {
            VocabularySize = 128,
            HiddenSize = 16,
            IntermediateSize = 24,
            LayerCount = 3,
            HeadCount = 2,
            KeyValueHeadCount = 1,
            HeadSize = 8,
            ContextLength = 24,
            InitializerRange = 0.5,
            Mixture = new MixtureConfig { Level = level, ExpertCount = 3, DenseLayerCount = 1, RoutesSequences = routesSequences && level == ExpertLevel.FeedForward },
        },
        seed: 3,
        Zoo.OneThread);

    /// <summary>Characters, of which an a and a b are one token, as byte-pair encodings have it.</summary>
    private sealed class MergingTokenizer : ITokenizer
    {
        public const int Merged = 3;

        private readonly CharacterTokenizer _characters = new();

        public int VocabularySize => _characters.VocabularySize;

        public int? BeginToken => _characters.BeginToken;

        public int? EndToken => _characters.EndToken;

        public int? PadToken => _characters.PadToken;

        public IReadOnlyList<int> PrefixTokens => _characters.PrefixTokens;

        public IReadOnlyList<int> Encode(string text, bool addSpecialTokens = true) => _characters.Encode(text.Replace("ab", "\u0003", StringComparison.Ordinal), addSpecialTokens);

        public string Decode(IReadOnlyList<int> tokens, bool skipSpecialTokens = true) =>
            _characters.Decode([.. tokens.SelectMany(token => token == Merged ? (int[])['a', 'b'] : [token])], skipSpecialTokens);
    }
}
