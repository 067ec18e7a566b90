using Microsoft.Extensions.DependencyInjection;
using ModelAggregation.Evaluation;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tokenizers;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Runtime.Tests;

public sealed class RuntimeHiddenStatesTests
{
    private static readonly string[] Prompts = ["rev:abcde=", "add", "x"];

    private static readonly DecoderConfig Tiny = new()
    {
        VocabularySize = 128,
        HiddenSize = 16,
        IntermediateSize = 24,
        LayerCount = 2,
        HeadCount = 2,
        KeyValueHeadCount = 1,
        HeadSize = 8,
        ContextLength = 8,
        InitializerRange = 0.5,
    };

    [TestCase(1)]
    [TestCase(2048)]
    public async Task States_AreThoseOfEachPromptAlone(int batchTokens)
    {
        using DecoderModel decoder = DecoderModel.Load(Zoo.Path("b-add"), Zoo.OneThread);
        using Checkpoint checkpoint = Checkpoint.Open(Zoo.Path("b-add"));
        await using IHiddenStateSource source =
            await new RuntimeHiddenStatesFactory(new CharacterTokenizer(), Zoo.OneThread, new RuntimeLanguageModelOptions { BatchTokens = batchTokens }).OpenAsync(Zoo.Candidate("b-add"));

        IReadOnlyList<PromptStates> states = await source.ReadAsync(Prompts);

        Assert.That((source.LayerCount, source.HiddenSize), Is.EqualTo((3, 96)));
        for (int p = 0; p < Prompts.Length; p++)
        {
            int[] tokens = [1, .. Prompts[p].Select(c => (int)c)];
            using DecoderOutput output = decoder.Forward(TokenBatch.Of(tokens), new ForwardOptions { KeepsHiddenStates = true });
            using (Assert.EnterMultipleScope())
            {
                Assert.That(states[p].TokenCount, Is.EqualTo(tokens.Length));
                for (int layer = 0; layer < 3; layer++)
                {
                    float[][] rows = [.. Enumerable.Range(0, tokens.Length).Select(token => output.HiddenStates[layer].AsSpan<float>(token * 96L, 96).ToArray())];
                    Assert.That(states[p].Last(layer).ToArray(), Is.EqualTo(rows[^1]));
                    Assert.That(states[p].Mean(layer).ToArray(), Is.EqualTo(Enumerable.Range(0, 96).Select(i => (float)rows.Average(row => (double)row[i]))).Within(1).Ulps);
                }

                Assert.That(states[p].EmbeddingSum.ToArray(), Is.EqualTo(Embeddings(checkpoint, tokens)).Within(1e-6f));
            }
        }
    }

    [Test]
    public async Task APromptWithoutTokens_IsWhatEndsTexts_OrBeginsThemByTheConfiguration()
    {
        using DecoderModel decoder = DecoderModel.Create(Tiny with { BeginToken = 5 }, seed: 3, Zoo.OneThread);
        await using RuntimeHiddenStates ends = new(DecoderModel.Create(Tiny, seed: 3, Zoo.OneThread), new CharacterTokenizer(beginToken: null));
        await using RuntimeHiddenStates begins = new(DecoderModel.Create(Tiny with { BeginToken = 5 }, seed: 3, Zoo.OneThread), new CharacterTokenizer(beginToken: null, endToken: null));

        using (Assert.EnterMultipleScope())
        {
            await IsOfAsync(ends, 2);
            await IsOfAsync(begins, 5);
        }

        async Task IsOfAsync(RuntimeHiddenStates source, int token)
        {
            PromptStates states = (await source.ReadAsync(["a", string.Empty]))[1];
            int[] tokens = [token];
            using DecoderOutput output = decoder.Forward(TokenBatch.Of(tokens), new ForwardOptions { KeepsHiddenStates = true });
            Assert.That(states.TokenCount, Is.EqualTo(1));
            Assert.That(states.Last(1).ToArray(), Is.EqualTo(output.HiddenStates[1].AsSpan<float>(0, 16).ToArray()));
        }
    }

    [Test]
    public async Task APromptWithoutTokens_AndNoneToBeginTextsWith_IsUnsupported()
    {
        await using RuntimeHiddenStates source = new(DecoderModel.Create(Tiny, seed: 3, Zoo.OneThread), new CharacterTokenizer(beginToken: null, endToken: null));

        await Assert.ThatAsync(async () => await source.ReadAsync(["a", string.Empty]), Throws.TypeOf<EvaluationException>().With.Message.Contains("token to begin texts with"));
    }

    [Test]
    public async Task OfAPromptLongerThanTheContext_TheEndIsRead()
    {
        using DecoderModel decoder = DecoderModel.Create(Tiny, seed: 3, Zoo.OneThread);
        await using RuntimeHiddenStates source = new(DecoderModel.Create(Tiny, seed: 3, Zoo.OneThread), new CharacterTokenizer());
        int[] tokens = [.. "cdefghij".Select(c => (int)c)];
        using DecoderOutput output = decoder.Forward(TokenBatch.Of(tokens), new ForwardOptions { KeepsHiddenStates = true });

        PromptStates states = (await source.ReadAsync(["abcdefghij"]))[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(states.TokenCount, Is.EqualTo(8));
            Assert.That(states.Last(1).ToArray(), Is.EqualTo(output.HiddenStates[1].AsSpan<float>(7 * 16, 16).ToArray()));
        }
    }

    [Test]
    public async Task AddRuntimeEvaluation_RegistersTheFactories_WithARegisteredTokenizer()
    {
        await using ServiceProvider provider = new ServiceCollection()
            .AddSingleton<ITokenizer>(new CharacterTokenizer())
            .AddRuntimeEvaluation(options => options with { Runtime = Zoo.OneThread })
            .BuildServiceProvider();

        await using ILanguageModel model = await provider.GetRequiredService<ILanguageModelFactory>().OpenAsync(Zoo.Candidate("a-add"));
        await using IHiddenStateSource source = await provider.GetRequiredService<IHiddenStateSourceFactory>().OpenAsync(Zoo.Candidate("a-add"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await model.GenerateAsync([new("add:37+48=")]))[0].Text, Is.EqualTo("85"));
            Assert.That(source.LayerCount, Is.EqualTo(3));
        }
    }

    private static float[] Embeddings(Checkpoint checkpoint, int[] tokens)
    {
        Assert.That(checkpoint.TryGet("model.embed_tokens.weight", out TensorSource? source));
        using HostTensor table = new(source!.DataType, source.Shape);
        byte[] bytes = new byte[source.ByteLength];
        source.Read(0, bytes);
        table.Sink.Write(0, bytes);
        float[] values = table.ToSingles();
        return [.. Enumerable.Range(0, 96).Select(i => (float)tokens.Sum(token => (double)values[(token * 96) + i]))];
    }
}
