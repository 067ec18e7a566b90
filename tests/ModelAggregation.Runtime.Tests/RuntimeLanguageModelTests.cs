using ModelAggregation.Evaluation;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Runtime.Tests;

public sealed class RuntimeLanguageModelTests
{
    private static readonly CharacterTokenizer Characters = new();

    private static readonly LogLikelihoodRequest[] Questions =
    [
        new("rev:abcde=", "edcba") { Ends = true }, new("rev:abcde=", "edcba"), new("add:37+48=", "8"), new(string.Empty, "srt"), new("upr:fadcb=", "XYZ") { Ends = true },
        .. Enumerable.Range(0, 20).Select(i => new LogLikelihoodRequest(new string('a', i), "bc")),
    ];

    private static readonly GenerationRequest[] Prompts =
    [
        new("rev:abcde=") { MaxTokens = 8 }, new("add:37+48=") { MaxTokens = 8 }, new("upr:fadcb=") { MaxTokens = 3 }, new("upr:fadcb=") { MaxTokens = 8, Stops = ["DC", "CB"] }, new("a") { MaxTokens = 30 },
    ];

    [TestCase(1, 1)]
    [TestCase(40, 1)]
    [TestCase(2048, 2)]
    public async Task Answers_AreTheSameBits_InAnyBatch(int batchTokens, int threads)
    {
        await using RuntimeLanguageModel reference = Load("a-reverse", new RuntimeLanguageModelOptions());
        await using RuntimeLanguageModel model = Load("a-reverse", new RuntimeLanguageModelOptions { BatchTokens = batchTokens }, threads);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await model.LogLikelihoodAsync(Questions), Is.EqualTo(await reference.LogLikelihoodAsync(Questions)));
            Assert.That(await model.GenerateAsync(Prompts), Is.EqualTo(await reference.GenerateAsync(Prompts)));
            Assert.That(await model.RollingLogLikelihoodAsync(["rev:abcde=edcba", "x"]), Is.EqualTo(await reference.RollingLogLikelihoodAsync(["rev:abcde=edcba", "x"])));
        }
    }

    [TestCase(1)]
    [TestCase(3 * 128)]
    [TestCase(16 * 128)]
    public async Task Answers_AreTheSameBits_HoweverFewLogitsAreInMemory(int mostLogits)
    {
        string[] texts = ["rev:abcde=edcba", "x", new string('a', 100)];
        await using RuntimeLanguageModel reference = Load("a-reverse");
        await using RuntimeLanguageModel model = new(DecoderModel.Load(Zoo.Path("a-reverse"), Zoo.OneThread), Characters, options: null, mostLogits);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await model.LogLikelihoodAsync(Questions), Is.EqualTo(await reference.LogLikelihoodAsync(Questions)));
            Assert.That(await model.RollingLogLikelihoodAsync(texts), Is.EqualTo(await reference.RollingLogLikelihoodAsync(texts)));
        }
    }

    [Test]
    public void TheFactorysId_IsOfWhatTheTokenizerDoes()
    {
        string[] ids =
        [
            .. new ITokenizer?[] { null, new CharacterTokenizer(), new CharacterTokenizer(127), new CharacterTokenizer(padToken: 3), new CharacterTokenizer(beginToken: null), new CharacterTokenizer(endToken: 3) }
                .Select(tokenizer => new RuntimeLanguageModelFactory(tokenizer).Id),
            new RuntimeLanguageModelFactory(new CharacterTokenizer(), options: new RuntimeLanguageModelOptions { AddsBeginToken = false }).Id,
        ];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ids, Is.Unique);
            Assert.That(new RuntimeLanguageModelFactory(new CharacterTokenizer()).Id, Is.EqualTo(ids[1]));
        }
    }

    [Test]
    public async Task LogLikelihood_IsTheSumOverTheContinuation()
    {
        await using RuntimeLanguageModel model = Load("a-reverse");
        using DecoderModel decoder = DecoderModel.Load(Zoo.Path("a-reverse"), Zoo.OneThread);

        IReadOnlyList<LogLikelihood> answers = await model.LogLikelihoodAsync(Questions);

        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < Questions.Length; i++)
            {
                int[] context = [1, .. Questions[i].Context.Select(c => (int)c)];
                int[] whole = Questions[i].Ends ? [.. context, .. Questions[i].Continuation.Select(c => (int)c), 2] : [.. context, .. Questions[i].Continuation.Select(c => (int)c)];
                (double sum, bool isGreedy) = Score(decoder, whole, context.Length);
                Assert.That(answers[i].LogProbability, Is.EqualTo(sum).Within(1e-12));
                Assert.That((answers[i].TokenCount, answers[i].IsGreedy), Is.EqualTo((whole.Length - context.Length, isGreedy)));
            }

            Assert.That(answers[0].IsGreedy, Is.True);
        }
    }

    [Test]
    public async Task Generation_EndsAtTheEndToken_AStop_OrItsLength()
    {
        await using RuntimeLanguageModel model = Load("a-reverse");

        Assert.That((await model.GenerateAsync(Prompts)).Take(4), Is.EqualTo((Generation[])
        [
            new("edcba", GenerationEnd.Stopped), new(Greedy("add:37+48="), GenerationEnd.Stopped), new("FAD", GenerationEnd.Length), new("FA", GenerationEnd.Stopped),
        ]));
    }

    [Test]
    public async Task Generation_IsThatWithoutACache()
    {
        using DecoderModel decoder = Tiny(context: 64);
        await using RuntimeLanguageModel model = new(Tiny(context: 64), new CharacterTokenizer(endToken: null));
        List<int> tokens = [1, 'a', 'b'];
        for (int i = 0; i < 40; i++)
        {
            using DecoderOutput output = decoder.Forward(TokenBatch.Of(tokens.ToArray()));
            float[] logits = output.Logits.AsSpan<float>((tokens.Count - 1) * 128L, 128).ToArray();
            tokens.Add(Array.IndexOf(logits, logits.Max()));
        }

        Generation answer = (await model.GenerateAsync([new("ab") { MaxTokens = 40 }]))[0];

        Assert.That(answer, Is.EqualTo(new Generation(new CharacterTokenizer(endToken: null).Decode(tokens[3..]), GenerationEnd.Length)));
    }

    [Test]
    public async Task AText_IsScoredInWindows_EachTokenOnce()
    {
        const string Text = "a text of many characters";
        using DecoderModel decoder = Tiny(context: 8);
        await using RuntimeLanguageModel model = new(Tiny(context: 8), Characters);
        int[] tokens = [1, .. Text.Select(c => (int)c)];

        // 25 characters: three windows of 8 that begin with the token before them, and one that goes back as far as it can for the last.
        double expected = Score(decoder, tokens[..9], 1).Sum + Score(decoder, tokens[8..17], 1).Sum + Score(decoder, tokens[16..25], 1).Sum + Score(decoder, tokens[17..26], 8).Sum;
        LogLikelihood answer = (await model.RollingLogLikelihoodAsync([Text]))[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.TokenCount, Is.EqualTo(25));
            Assert.That(answer.LogProbability, Is.EqualTo(expected).Within(1e-12));
        }
    }

    [Test]
    public async Task AContextThatIsTooLong_LosesItsBeginning()
    {
        using DecoderModel decoder = Tiny(context: 8);
        await using RuntimeLanguageModel model = new(Tiny(context: 8), Characters);
        int[] tokens = [.. "cdefghxyz".Select(c => (int)c)];

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await model.LogLikelihoodAsync([new("abcdefgh", "xyz")]))[0].LogProbability, Is.EqualTo(Score(decoder, tokens, 6).Sum).Within(1e-12));
            Assert.That((await model.GenerateAsync([new("abcdefgh") { MaxTokens = 500 }]))[0], Is.EqualTo((await model.GenerateAsync([new("zzzzefgh") { MaxTokens = 4 }]))[0]));
            await Assert.ThatAsync(async () => await model.LogLikelihoodAsync([new("a", "nine more")]), Throws.TypeOf<EvaluationException>().With.Property("Error").EqualTo(EvaluationError.Unsupported));
        }
    }

    [Test]
    public async Task ATokenizerThatPutsNothingBeforeTexts_GetsNoBeginToken()
    {
        using DecoderModel decoder = Tiny(context: 8);
        await using RuntimeLanguageModel model = new(Tiny(context: 8), new BareTokenizer());

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await model.LogLikelihoodAsync([new("a", "b")]))[0].LogProbability, Is.EqualTo(Score(decoder, ['a', 'b'], 1).Sum).Within(1e-12));

            // Where nothing is before a token that is scored, there has to be something: the token that begins sequences.
            Assert.That((await model.LogLikelihoodAsync([new(string.Empty, "b")]))[0].LogProbability, Is.EqualTo(Score(decoder, [1, 'b'], 1).Sum).Within(1e-12));
            Assert.That((await model.RollingLogLikelihoodAsync(["b"]))[0].LogProbability, Is.EqualTo(Score(decoder, [1, 'b'], 1).Sum).Within(1e-12));
        }
    }

    [Test]
    public async Task ATokenizerWithoutABeginToken_ScoresFirstTokensAfterItsEndToken()
    {
        DecoderConfig config;
        using (DecoderModel tiny = Tiny(context: 8))
        {
            config = tiny.Config with { BeginToken = 5 };
        }

        using DecoderModel decoder = DecoderModel.Create(config, 3, Zoo.OneThread);
        await using RuntimeLanguageModel model = new(DecoderModel.Create(config, 3, Zoo.OneThread), new CharacterTokenizer(beginToken: null));
        Assert.That((await model.RollingLogLikelihoodAsync(["b"]))[0].LogProbability, Is.EqualTo(Score(decoder, [2, 'b'], 1).Sum).Within(1e-12));
    }

    [Test]
    public async Task WhatAModelCannotDo_IsUnsupported()
    {
        await using RuntimeLanguageModel model = new(Tiny(context: 8), new CharacterTokenizer(beginToken: null, endToken: null));

        using (Assert.EnterMultipleScope())
        {
            await UnsupportedAsync(() => model.LogLikelihoodAsync([new("a", "b") { Ends = true }]));
            await UnsupportedAsync(() => model.LogLikelihoodAsync([new(string.Empty, "b")]));
            await UnsupportedAsync(() => model.RollingLogLikelihoodAsync(["b"]));
            await UnsupportedAsync(() => model.GenerateAsync([new(string.Empty)]));
        }
    }

    [Test]
    public async Task ACandidate_NeedsATokenizerOfItsOwn_WhereNoneIsGiven()
    {
        using Checkpoint checkpoint = Checkpoint.Open(Zoo.Path("a-base"));
        using DecoderModel small = Tiny(context: 8);

        using (Assert.EnterMultipleScope())
        {
            await FailsAsync(null, Zoo.Candidate("a-base"), "tokenizer.json");
            await FailsAsync(null, ModelCandidate.FromTensors("m", new MemoryTensorSet(checkpoint.Config)), "'m' is a model in memory without side files");
            await FailsAsync(new CharacterTokenizer(200), ModelCandidate.FromTensors("m", checkpoint), "has 200 tokens, the model 128");
            Assert.That(() => new RuntimeLanguageModel(small, new CharacterTokenizer(200)), Throws.ArgumentException);
        }
    }

    private static async Task FailsAsync(ITokenizer? tokenizer, ModelCandidate candidate, string message) => await Assert.ThatAsync(
        async () => await new RuntimeLanguageModelFactory(tokenizer, Zoo.OneThread).OpenAsync(candidate), Throws.TypeOf<RuntimeException>().With.Message.Contains(message));

    private static async Task UnsupportedAsync<T>(Func<ValueTask<T>> call) =>
        await Assert.ThatAsync(async () => await call(), Throws.TypeOf<EvaluationException>().With.Property("Error").EqualTo(EvaluationError.Unsupported));

    // A plain reference: one sequence, all logits, a softmax in double.
    private static (double Sum, bool IsGreedy) Score(DecoderModel decoder, int[] whole, int start)
    {
        using DecoderOutput output = decoder.Forward(TokenBatch.Of(whole.AsMemory(0, whole.Length - 1)));
        double sum = 0;
        bool isGreedy = true;
        for (int i = start; i < whole.Length; i++)
        {
            double[] logits = [.. output.Logits.AsSpan<float>((i - 1L) * 128, 128).ToArray().Select(logit => (double)logit)];
            sum += logits[whole[i]] - Math.Log(logits.Sum(Math.Exp));
            isGreedy &= Array.IndexOf(logits, logits.Max()) == whole[i];
        }

        return (sum, isGreedy);
    }

    private static string Greedy(string prompt)
    {
        using DecoderModel decoder = DecoderModel.Load(Zoo.Path("a-reverse"), Zoo.OneThread);
        List<int> tokens = [.. Characters.Encode(prompt)];
        string said = string.Empty;
        while (true)
        {
            using DecoderOutput output = decoder.Forward(TokenBatch.Of(tokens.ToArray()));
            float[] logits = output.Logits.AsSpan<float>((tokens.Count - 1) * 128L, 128).ToArray();
            int next = Array.IndexOf(logits, logits.Max());
            if (next == 2)
            {
                return said;
            }

            tokens.Add(next);
            said += (char)next;
        }
    }

    private static RuntimeLanguageModel Load(string model, RuntimeLanguageModelOptions? options = null, int threads = 1) =>
        new(DecoderModel.Load(Zoo.Path(model), new RuntimeOptions { Threads = threads }), Characters, options);

    private static DecoderModel Tiny(int context) => DecoderModel.Create(
        new DecoderConfig
        {
            VocabularySize = 128,
            HiddenSize = 16,
            IntermediateSize = 24,
            LayerCount = 2,
            HeadCount = 2,
            KeyValueHeadCount = 1,
            HeadSize = 8,
            ContextLength = context,
            InitializerRange = 0.5,
        },
        seed: 3,
        Zoo.OneThread);

    /// <summary>Characters, with a token that begins sequences and that is not put before texts, as GPT-2's.</summary>
    private sealed class BareTokenizer : ITokenizer
    {
        private readonly CharacterTokenizer _characters = new();

        public int VocabularySize => _characters.VocabularySize;

        public int? BeginToken => _characters.BeginToken;

        public int? EndToken => _characters.EndToken;

        public int? PadToken => _characters.PadToken;

        public IReadOnlyList<int> PrefixTokens => [];

        public IReadOnlyList<int> Encode(string text, bool addSpecialTokens = true) => _characters.Encode(text, addSpecialTokens: false);

        public string Decode(IReadOnlyList<int> tokens, bool skipSpecialTokens = true) => _characters.Decode(tokens, skipSpecialTokens);
    }
}
