using Microsoft.Extensions.AI;
using ModelRuntime.Encoders;
using ModelSdk.Testing;
using ModelTensors;

namespace ModelRuntime.Tests.Encoders;

public sealed class EncoderEmbeddingGeneratorTests
{
    private static readonly string[] Texts = ["one", "a longer text of some words", "x", string.Empty, "another", "one"];

    [Test]
    public async Task GenerateAsync_AloneOrAmongOthers_GivesTheSameBits([Values(1, 7, 4096)] int batchTokens)
    {
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);
        using EncoderEmbeddingGenerator generator = new(model, new LetterTokenizer(), new EncoderEmbeddingOptions { BatchTokens = batchTokens });

        GeneratedEmbeddings<Embedding<float>> together = await generator.GenerateAsync(Texts);

        for (int i = 0; i < Texts.Length; i++)
        {
            GeneratedEmbeddings<Embedding<float>> alone = await generator.GenerateAsync([Texts[i]]);
            Assert.That(together[i].Vector.ToArray(), Is.EqualTo(alone[0].Vector.ToArray()), Texts[i]);
        }
    }

    [Test]
    public async Task GenerateAsync_ByDefault_GivesVectorsOfLengthOne()
    {
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);
        using EncoderEmbeddingGenerator generator = new(model, new LetterTokenizer());

        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(Texts);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(embeddings.Select(embedding => embedding.Vector.ToArray().Sum(value => (double)value * value)), Is.All.EqualTo(1).Within(1e-6));
            Assert.That(embeddings.Usage!.InputTokenCount, Is.EqualTo(Texts.Sum(text => text.Length + 2)));
        }
    }

    [Test]
    public async Task GenerateAsync_OfALongText_KeepsTheTokenThatEnds()
    {
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);
        using EncoderEmbeddingGenerator generator = new(model, new LetterTokenizer(), new EncoderEmbeddingOptions { MaxLength = 6 });

        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(["abcdefghij", "abcd"]);

        Assert.That(embeddings[0].Vector.ToArray(), Is.EqualTo(embeddings[1].Vector.ToArray()));
    }

    [Test]
    public async Task GenerateAsync_BeyondTheModelsPositions_CutsTheText()
    {
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);
        using EncoderEmbeddingGenerator generator = new(model, new LetterTokenizer());

        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync([new string('a', 500), new string('a', 30)]);

        Assert.That(embeddings[0].Vector.ToArray(), Is.EqualTo(embeddings[1].Vector.ToArray()));
    }

    [Test]
    public void GetService_OfModelsThatDiffer_GivesIdsThatDiffer()
    {
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);
        using EncoderEmbeddingGenerator mean = new(model, new LetterTokenizer());
        using EncoderEmbeddingGenerator first = new(model, new LetterTokenizer(), new EncoderEmbeddingOptions { Pooling = EncoderPooling.FirstToken });

        EmbeddingGeneratorMetadata metadata = (EmbeddingGeneratorMetadata)mean.GetService(typeof(EmbeddingGeneratorMetadata))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(metadata.DefaultModelId, Does.StartWith($"bert-{model.Fingerprint[..16]}"));
            Assert.That(metadata.DefaultModelDimensions, Is.EqualTo(48));
            Assert.That(metadata.DefaultModelId, Is.Not.EqualTo(((EmbeddingGeneratorMetadata)first.GetService(typeof(EmbeddingGeneratorMetadata))!).DefaultModelId));
            Assert.That(mean.GetService(typeof(EncoderEmbeddingGenerator)), Is.SameAs(mean));
            Assert.That(mean.GetService(typeof(EncoderModel)), Is.Null);
        }
    }

    [Test]
    public void Create_WithATokenizerOfAnotherModel_IsRefused()
    {
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);

        Assert.That(() => new EncoderEmbeddingGenerator(model, new LetterTokenizer(161)), Throws.ArgumentException.With.Message.Contains("161"));
    }

    [Test]
    public void GenerateAsync_WhenCancelled_Stops()
    {
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);
        using EncoderEmbeddingGenerator generator = new(model, new LetterTokenizer());

        Assert.That(() => generator.GenerateAsync(Texts, cancellationToken: new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Load_OfASentenceTransformer_DoesWhatItsFilesSay()
    {
        using TestFolder folder = new();
        Write(folder, """{"word_embedding_dimension": 48, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}""", "Normalize");

        using EncoderEmbeddingGenerator generator = EncoderEmbeddingGenerator.Load(folder.Path, new LetterTokenizer());

        Assert.That(generator.Options, Is.EqualTo(new EncoderEmbeddingOptions { Pooling = EncoderPooling.FirstToken, Normalizes = true, MaxLength = 16 }));
    }

    [TestCase("sentence_bert_config.json", """{"max_seq_length": 16, "do_lower_case": true}""", "do_lower_case")]
    [TestCase("config_sentence_transformers.json", """{"prompts": {"query": "query: "}, "default_prompt_name": "query"}""", "default prompt")]
    public void Load_OfASentenceTransformerThatChangesTexts_IsRefused(string file, string text, string named)
    {
        using TestFolder folder = new();
        foreach (string source in Directory.EnumerateFiles(BertGolden.Folder))
        {
            File.Copy(source, folder[Path.GetFileName(source)]);
        }

        File.WriteAllText(folder[file], text);
        RuntimeException thrown = Assert.Throws<RuntimeException>(() => EncoderEmbeddingGenerator.Load(folder.Path, new LetterTokenizer()))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(thrown.Error, Is.EqualTo(RuntimeError.Unsupported));
            Assert.That(thrown.Message, Does.Contain(named));
        }
    }

    [Test]
    public async Task Load_OfAFolderWithAVocabulary_EmbedsItsWordPieces()
    {
        using TestFolder folder = new();
        File.Copy(Path.Combine(BertGolden.Folder, "config.json"), folder["config.json"]);
        File.Copy(Path.Combine(BertGolden.Folder, "model.safetensors"), folder["model.safetensors"]);
        File.WriteAllLines(folder["vocab.txt"], ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s"]);
        using EncoderEmbeddingGenerator generator = EncoderEmbeddingGenerator.Load(folder.Path);
        using EncoderModel model = EncoderModel.Load(BertGolden.Folder);
        TokenBatch batch = TokenBatch.Of((int[])[2, 5, 6, 7, 3]);
        using EncoderOutput output = model.Forward(batch);
        using HostTensor expected = model.Pool(batch, output.LastHiddenState);
        SequencePooling.Normalize(expected.Row(0));

        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(["The cats"]);

        Assert.That(embeddings[0].Vector.ToArray(), Is.EqualTo(expected.ToSingles()));
    }

    [TestCase("""{"pooling_mode_lasttoken": true}""", "Normalize", RuntimeError.Unsupported)]
    [TestCase("""{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}""", "Normalize", RuntimeError.Unsupported)]
    [TestCase("""{"pooling_mode_mean_tokens": true}""", "Dense", RuntimeError.Unsupported)]
    [TestCase("{", "Normalize", RuntimeError.ConfigInvalid)]
    public void Load_OfAModuleThatTheEngineLacks_SaysWhich(string pooling, string module, RuntimeError error)
    {
        using TestFolder folder = new();
        Write(folder, pooling, module);

        RuntimeException thrown = Assert.Throws<RuntimeException>(() => EncoderEmbeddingGenerator.Load(folder.Path, new LetterTokenizer()))!;

        Assert.That(thrown.Error, Is.EqualTo(error), thrown.Message);
    }

    private static void Write(TestFolder folder, string pooling, string module)
    {
        File.Copy(Path.Combine(BertGolden.Folder, "config.json"), folder["config.json"]);
        File.Copy(Path.Combine(BertGolden.Folder, "model.safetensors"), folder["model.safetensors"]);
        File.WriteAllText(folder["sentence_bert_config.json"], """{"max_seq_length": 16}""");
        File.WriteAllText(
            folder["modules.json"],
            $$"""
            [{"path": "", "type": "sentence_transformers.models.Transformer"},
             {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
             {"path": "2_Last", "type": "sentence_transformers.models.{{module}}"}]
            """);
        Directory.CreateDirectory(folder["1_Pooling"]);
        File.WriteAllText(folder["1_Pooling", "config.json"], pooling);
    }
}
