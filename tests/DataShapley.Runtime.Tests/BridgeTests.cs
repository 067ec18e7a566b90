using System.Text;
using DataShapley.Clustering;
using DataShapley.Datasets;
using DataShapley.Games;
using DataShapley.Gradients;
using DataShapley.Refinement;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Encoders;
using ModelRuntime.Training;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Devices.Cpu;

namespace DataShapley.Runtime.Tests;

public sealed class BridgeTests
{
    [Test]
    public async Task ReadAsync_OfRecords_MakesAnExampleOfEach()
    {
        using MemoryStream stream = new(Encoding.UTF8.GetBytes("""
            {"task": "rev", "prompt": "rev:ab=", "answer": "ba"}
            {"task": "upr", "prompt": "upr:c=", "answer": "C"}
            """));
        using Dataset dataset = await Dataset.LoadAsync(stream, "records.jsonl");

        IReadOnlyList<TrainingExample> examples = await RecordExamples.ReadAsync(dataset, TinyGame.Tokenizer, new RecordTemplate("{prompt}"), new RecordTemplate("{answer}"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(examples, Has.Count.EqualTo(2));
            Assert.That(examples[0].Tokens.ToArray(), Is.EqualTo((int[])[1, 'r', 'e', 'v', ':', 'a', 'b', '=', 'b', 'a', 2]));
            Assert.That(examples[0].FirstAnswer, Is.EqualTo(8));
            Assert.That(examples[1].FirstAnswer, Is.EqualTo(7));
        }
    }

    [Test]
    public void Compute_OfGradients_GivesEachExampleItsOwn()
    {
        using TinyGame game = new();
        using DecoderModel model = DecoderModel.Load(game.Model);
        IReadOnlyList<Parameter> parameters = model.AttachLora(new LoraOptions { Rank = 2, Dropout = 0.5 }, seed: 3);
        using HostTensor gradients = ExampleGradients.Compute(model, parameters, TinyGame.Examples);

        // What dropout would drop is no part of the model as it is.
        model.DetachLora();
        parameters = model.AttachLora(new LoraOptions { Rank = 2 }, seed: 3);
        int width = (int)gradients.Shape[1];
        int[] labels = new int[TinyGame.Examples[4].Tokens.Length];
        TinyGame.Examples[4].WriteLabels(labels);
        model.AddGradients(TokenBatch.Of(TinyGame.Examples[4].Tokens), labels, 1.0 / TinyGame.Examples[4].LabelCount);
        float[] expected = [.. parameters.SelectMany(parameter => parameter.Gradient.ToSingles())];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(gradients.AsSpan<float>(4L * width, width).ToArray(), Is.EqualTo(expected));
            Assert.That(expected.Any(value => value != 0), Is.True);
        }
    }

    [Test]
    public void Compute_OfGradients_ServesTheScoresOfTracIn()
    {
        using TinyGame game = new();
        using DecoderModel model = DecoderModel.Load(game.Model);
        IReadOnlyList<Parameter> parameters = model.TrainAll();
        using HostTensor training = ExampleGradients.Compute(model, parameters, TinyGame.Examples);
        using HostTensor validation = ExampleGradients.Compute(model, parameters, TinyGame.Validation);

        IReadOnlyList<double> scores = GradientScores.TracIn([new GradientCheckpoint(EmbeddingRows.Of(training), EmbeddingRows.Of(validation))]);

        Assert.That(scores.Take(4).Min(), Is.GreaterThan(scores.Skip(4).Max()));
    }

    [Test]
    public async Task ClusterAsync_WithADecoderAsEmbedder_PutsTasksApart()
    {
        using TestFolder folder = new();
        string records = string.Concat(Enumerable.Range(0, 12).Select(i => $$"""{"instruction": "{{(i % 2 == 0 ? "upr:abc" : "add:12+3")}}{{(char)(i % 2 == 0 ? 'a' + (i / 2) : '0' + (i / 2))}}="}""" + "\n"));
        await File.WriteAllTextAsync(folder["records.jsonl"], records);
        using Dataset dataset = await Dataset.LoadAsync(folder["records.jsonl"]);
        using DecoderModel model = DecoderModel.Load(TinyGame.Models("a-base"));
        using DecoderEmbeddingGenerator embedder = new(model, TinyGame.Tokenizer);
        using CpuDevice device = new();

        RecordClusters clusters = await new ShedPipeline(dataset, folder["work"], device, new ShedOptions { Clustering = new KMeansOptions { Clusters = 2 } }).ClusterAsync(embedder);

        Assert.That(clusters.Labels.Select((label, i) => label == clusters.Labels[i % 2]), Is.All.True);
    }

    [Test]
    public async Task GenerateAsync_OfADecoder_GivesTheSameBitsAloneAndAmongOthers([Values(0, 1, 3)] int layersFromLast)
    {
        using DecoderModel model = DecoderModel.Load(TinyGame.Models("a-base"));
        DecoderEmbeddingOptions options = new() { LayersFromLast = layersFromLast, BatchTokens = 20 };
        using DecoderEmbeddingGenerator generator = new(model, TinyGame.Tokenizer, options);
        string[] texts = ["rev:abcde=", "x", "add:10+20=30"];

        GeneratedEmbeddings<Embedding<float>> together = await generator.GenerateAsync(texts);

        for (int i = 0; i < texts.Length; i++)
        {
            GeneratedEmbeddings<Embedding<float>> alone = await generator.GenerateAsync([texts[i]]);
            Assert.That(together[i].Vector.ToArray(), Is.EqualTo(alone[0].Vector.ToArray()));
        }
    }

    [Test]
    public async Task GenerateAsync_OfADecoder_IsTheMeanOfTheStatesOfTheLayer()
    {
        using DecoderModel model = DecoderModel.Load(TinyGame.Models("a-base"));
        using DecoderEmbeddingGenerator generator = new(model, TinyGame.Tokenizer, new DecoderEmbeddingOptions { LayersFromLast = 3, Normalizes = false });
        int[] tokens = [.. TinyGame.Tokenizer.Encode("rev:ab=")];
        using DecoderOutput output = model.Forward(TokenBatch.Of(tokens), new ForwardOptions { KeepsHiddenStates = true });
        float[] states = output.HiddenStates[0].ToSingles();
        int width = model.Config.HiddenSize;
        double[] expected = [.. Enumerable.Range(0, width).Select(column => Enumerable.Range(0, tokens.Length).Average(row => (double)states[(row * width) + column]))];

        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(["rev:ab="]);

        Assert.That(embeddings[0].Vector.ToArray(), Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void Services_OnceRegistered_GiveTheUtilityAndTheEncoder()
    {
        using TinyGame game = new();
        using TestFolder folder = new();
        File.Copy(TinyGame.Models("bert", "config.json"), folder["config.json"]);
        File.Copy(TinyGame.Models("bert", "model.safetensors"), folder["model.safetensors"]);
        File.WriteAllLines(folder["vocab.txt"], ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(0, 26).Select(i => $"{(char)('a' + i)}")]);
        using ServiceProvider provider = new ServiceCollection()
            .AddDataShapley()
            .AddFineTuneUtility("tiny", _ => FineTuneUtility.Create(game.Model, TinyGame.Examples, TinyGame.Validation, TinyGame.Options))
            .AddEncoderEmbeddings(folder.Path)
            .BuildServiceProvider();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(provider.GetRequiredKeyedService<IUtility>("tiny").PlayerCount, Is.EqualTo(6));
            Assert.That(provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>(), Is.TypeOf<EncoderEmbeddingGenerator>());
        }
    }
}
