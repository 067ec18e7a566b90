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
    public async Task APromptWithoutTokens_IsUnsupported()
    {
        await using IHiddenStateSource source = await new RuntimeHiddenStatesFactory(new CharacterTokenizer(beginToken: null), Zoo.OneThread).OpenAsync(Zoo.Candidate("b-add"));

        await Assert.ThatAsync(async () => await source.ReadAsync(["a", string.Empty]), Throws.TypeOf<EvaluationException>().With.Message.Contains("Prompt 1 has 0 tokens"));
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
