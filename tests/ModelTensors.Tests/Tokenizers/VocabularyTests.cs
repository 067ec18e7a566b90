using System.Text;
using ModelTensors.Checkpoints;
using ModelTensors.Tokenizers;

namespace ModelTensors.Tests.Tokenizers;

public sealed class VocabularyTests
{
    private const string BytePair = """
        {"version": "1.0",
         "added_tokens": [{"id": 3, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": true, "normalized": false, "special": true}],
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split"}, {"type": "ByteLevel"}]},
         "model": {"type": "BPE", "vocab": {"a": 0, "Ġb": 1}, "merges": []}}
        """;

    [Test]
    public void TryRead_ReadsTokenizerJson_WithHolesAndAddedTokens()
    {
        using TestFolder folder = new();
        folder.Write("tokenizer.json", BytePair);
        Vocabulary vocabulary = Vocabulary.TryRead(folder.Path)!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(vocabulary.Tokens, Is.EqualTo((string?[])["a", "Ġb", null, "<s>"]));
            Assert.That((vocabulary.Kind, vocabulary.IsByteLevel, vocabulary.Count), Is.EqualTo((VocabularyKind.BytePair, true, 3)));
            Assert.That(vocabulary.AddedTokens[3], Is.EqualTo(new AddedToken("<s>") { IsSpecial = true, StripsRight = true }));
            Assert.That(vocabulary.TryGetId("Ġb", out int id), Is.True);
            Assert.That(id, Is.EqualTo(1));
            Assert.That(vocabulary.TryGetId("b", out _), Is.False);
        }
    }

    [Test]
    public void Read_OfADocument_IsWhatTheFolderGives()
    {
        using TestFolder folder = new();
        folder.Write("tokenizer.json", BytePair);
        Vocabulary vocabulary = Vocabulary.Read(TokenizerFiles.TryReadDocument(folder.Path, "tokenizer.json")!, "tokenizer.json");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(vocabulary.Hash(), Is.EqualTo(Vocabulary.TryRead(folder.Path)!.Hash()));
            Assert.That(TokenizerFiles.TryReadDocument(folder.Path, "config.json"), Is.Null);
            Assert.That(() => Vocabulary.Read([], "tokenizer.json"), Throws.TypeOf<CheckpointException>().With.Property("Error").EqualTo(CheckpointError.TokenizerInvalid));
        }
    }

    [TestCase("""{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "##s": 1}}}""", VocabularyKind.WordPiece)]
    [TestCase("""{"model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "##s": 1}}}""", VocabularyKind.WordLevel)]
    [TestCase("""{"model": {"type": "Unigram", "vocab": [["[UNK]", 0], ["##s", -2.5]]}}""", VocabularyKind.Unigram)]
    [TestCase("""{"model": {"vocab": [["[UNK]", 0], ["##s", -2.5]]}}""", VocabularyKind.Unigram)]
    [TestCase("""{"model": {"vocab": {"[UNK]": 0, "##s": 1}, "merges": []}}""", VocabularyKind.BytePair)]
    public void TryRead_KnowsTheKinds(string json, VocabularyKind kind)
    {
        using TestFolder folder = new();
        folder.Write("tokenizer.json", json);
        Vocabulary vocabulary = Vocabulary.TryRead(folder.Path)!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(vocabulary.Tokens, Is.EqualTo((string[])["[UNK]", "##s"]));
            Assert.That(vocabulary.Kind, Is.EqualTo(kind));
            Assert.That(vocabulary.Score(1), Is.EqualTo(kind == VocabularyKind.Unigram ? -2.5 : (double?)null));
        }
    }

    [Test]
    public void TryRead_ReadsVocabJson_WithBothListsOfAddedTokens()
    {
        using TestFolder folder = new();
        folder.Write("vocab.json", """{"b": 1, "a": 0}""");
        folder.Write("added_tokens.json", """{"<x>": 2}""");
        folder.Write("tokenizer_config.json", """{"added_tokens_decoder": {"2": {"content": "<x>", "special": true}, "3": {"content": "<y>"}}}""");
        Vocabulary vocabulary = Vocabulary.TryRead(folder.Path)!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(vocabulary.Tokens, Is.EqualTo((string[])["a", "b", "<x>", "<y>"]));
            Assert.That(vocabulary.AddedTokens[2].IsSpecial, Is.True);
            Assert.That(vocabulary.AddedTokens[3].IsSpecial, Is.False);
        }
    }

    [Test]
    public void TryRead_ReadsVocabTxt_LineByLine()
    {
        using TestFolder folder = new();
        folder.Write("vocab.txt", "[PAD]\r\nthe\n##s");

        Assert.That(Vocabulary.TryRead(folder.Path)!.Tokens, Is.EqualTo((string[])["[PAD]", "the", "##s"]));
    }

    [Test]
    public void TryRead_ReadsThePiecesOfASentencePieceModel()
    {
        using TestFolder folder = new();
        File.WriteAllBytes(folder["tokenizer.model"], SentencePieces.Model(("<unk>", 0, 2), ("<s>", 0, 3), ("▁the", -1.5f, null), ("<user>", 0, 4)));
        Vocabulary vocabulary = Vocabulary.TryRead(folder.Path)!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(vocabulary.Tokens, Is.EqualTo((string[])["<unk>", "<s>", "▁the", "<user>"]));
            Assert.That(vocabulary.Kind, Is.EqualTo(VocabularyKind.SentencePiece));
            Assert.That(vocabulary.Score(2), Is.EqualTo(-1.5));
            Assert.That(vocabulary.AddedTokens.Keys, Is.EqualTo((int[])[1, 3]));
            Assert.That(vocabulary.AddedTokens[1].IsSpecial, Is.True);
            Assert.That(vocabulary.AddedTokens[3].IsSpecial, Is.False);
        }
    }

    [Test]
    public void TryRead_OfAFolderWithoutTokenizer_IsNull()
    {
        using TestFolder folder = new();

        Assert.That(Vocabulary.TryRead(folder.Path), Is.Null);
    }

    [TestCase("[]", "is not a JSON object")]
    [TestCase("{", "is not valid JSON")]
    [TestCase("{}", "has no object 'model'")]
    [TestCase("""{"model": {"type": "BPE"}}""", "has a model of type 'BPE'; BPE, WordPiece, WordLevel and Unigram with a 'vocab' are read")]
    [TestCase("""{"model": {"type": "Tiktoken", "vocab": {}}}""", "has a model of type 'Tiktoken'")]
    [TestCase("""{"model": {"type": "BPE", "vocab": {"a": 0, "a": 1}}}""", "is not valid JSON")]
    [TestCase("""{"model": {"type": "BPE", "vocab": {"a": 0, "b": 0}}}""", "gives number 0 to 'a' and to 'b'")]
    [TestCase("""{"model": {"type": "BPE", "vocab": {"a": -1}}}""", "gives token 'a' the number -1; numbers are from 0 to 4194303")]
    [TestCase("""{"model": {"type": "BPE", "vocab": {"a": 9999999999}}}""", "gives token 'a' the number 9999999999")]
    [TestCase("""{"model": {"type": "BPE", "vocab": {"a": 0.5}}}""", "has no whole number for token 'a'")]
    [TestCase("""{"model": {"type": "Unigram", "vocab": [["a", 0], ["b"]]}}""", "has no piece with a score at number 1")]
    [TestCase("""{"model": {"type": "Unigram", "vocab": [["a", -1e999]]}}""", "gives token 'a' a score that is not finite")]
    [TestCase("""{"model": {"type": "Unigram", "vocab": [["a", 0], ["a", 0]]}}""", "gives token 'a' the numbers 0 and 1")]
    [TestCase("""{"added_tokens": [{"id": 1}], "model": {"type": "BPE", "vocab": {}}}""", "has an entry without 'id' and 'content' in 'added_tokens'")]
    [TestCase("""{"added_tokens": [{"id": 1, "content": "a"}], "model": {"type": "BPE", "vocab": {"a": 0}}}""", "gives token 'a' the numbers 0 and 1")]
    [TestCase("""{"added_tokens": [{"id": 1, "content": "a"}, {"id": 1, "content": "b"}], "model": {"type": "BPE", "vocab": {}}}""", "gives number 1 to the added tokens 'a' and 'b'")]
    public void TryRead_OfABadTokenizerJson_SaysWhatIsWrong(string json, string message)
    {
        using TestFolder folder = new();
        string path = folder.Write("tokenizer.json", json);

        CheckpointException error = Assert.Throws<CheckpointException>(() => Vocabulary.TryRead(folder.Path))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(CheckpointError.TokenizerInvalid));
            Assert.That(error.File, Is.EqualTo(path));
            Assert.That(error.Message, Does.Contain(message));
        }
    }

    [TestCase("vocab.txt", new byte[] { 0xFF, 0xFE }, "is not UTF-8 text")]
    [TestCase("vocab.txt", new byte[] { 97, 10, 97, 10 }, "gives token 'a' the numbers 0 and 1")]
    [TestCase("tokenizer.model", new byte[0], "holds no SentencePiece pieces")]
    [TestCase("tokenizer.model", new byte[] { 0x0A }, "is no SentencePiece model: a number without end")]
    [TestCase("tokenizer.model", new byte[] { 0x0A, 0x7F, 0x00 }, "is no SentencePiece model: a field of 127 bytes")]
    [TestCase("tokenizer.model", new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, "is no SentencePiece model: a field of 18446744073709551615 bytes")]
    [TestCase("tokenizer.model", new byte[] { 0x0B }, "is no SentencePiece model: wire type 3")]
    [TestCase("tokenizer.model", new byte[] { 0x0A, 0x00 }, "has no text for number 0")]
    [TestCase("tokenizer.model", new byte[] { 0x0A, 0x03, 0x0A, 0x01, 0xFF }, "is no SentencePiece model")]
    [TestCase("vocab.json", new byte[] { 0x7B, 0x22, 0x5C, 0x75, 0x44, 0x38, 0x33, 0x44, 0x22, 0x3A, 0x30, 0x7D }, "is not valid JSON")]
    public void TryRead_OfABadFile_SaysWhatIsWrong(string name, byte[] content, string message)
    {
        using TestFolder folder = new();
        File.WriteAllBytes(folder[name], content);

        CheckpointException error = Assert.Throws<CheckpointException>(() => Vocabulary.TryRead(folder.Path))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(CheckpointError.TokenizerInvalid));
            Assert.That(error.Message, Does.Contain(message));
        }
    }

    [Test]
    public void TryRead_OfPiecesWhoseScoresAreNotFinite_SaysWhatIsWrong([Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float score)
    {
        using TestFolder folder = new();
        File.WriteAllBytes(folder["tokenizer.model"], SentencePieces.Model(("<unk>", 0, 2), ("a", score, null)));

        CheckpointException error = Assert.Throws<CheckpointException>(() => Vocabulary.TryRead(folder.Path))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(CheckpointError.TokenizerInvalid));
            Assert.That(error.Message, Does.Contain("gives token 'a' a score that is not finite"));
        }
    }

    [Test, CancelAfter(20_000)]
    public void TryRead_OfMutatedFiles_ThrowsOnlyTheTypedError()
    {
        using TestFolder folder = new();
        byte[] sound = SentencePieces.Model(("<unk>", 0, 2), ("▁the", -1.5f, null), ("s", -3, 1));
        Random random = new(20_260_101);
        for (int round = 0; round < 3_000; round++)
        {
            byte[] bytes = [.. sound.Take(random.Next(1, sound.Length + 1))];
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(folder["tokenizer.model"], bytes);

            try
            {
                Assert.That(Vocabulary.TryRead(folder.Path)!.Count, Is.InRange(1, bytes.Length));
            }
            catch (CheckpointException error)
            {
                Assert.That(error.Error, Is.EqualTo(CheckpointError.TokenizerInvalid), Convert.ToHexString(bytes));
            }
        }
    }

    [Test]
    public void Hash_DependsOnTokensNumbersAndAddedTokens()
    {
        string[] texts =
        [
            BytePair,
            BytePair.Replace("\"a\"", "\"c\"", StringComparison.Ordinal),
            BytePair.Replace("\"id\": 3", "\"id\": 2", StringComparison.Ordinal),
            BytePair.Replace("\"special\": true", "\"special\": false", StringComparison.Ordinal),
        ];
        using TestFolder folder = new();
        string[] hashes = [.. texts.Select(text =>
        {
            folder.Write("tokenizer.json", text);
            return Vocabulary.TryRead(folder.Path)!.Hash();
        })];

        Assert.That(hashes.Distinct(StringComparer.Ordinal).Count(), Is.EqualTo(texts.Length));
        Assert.That(hashes, Is.All.Length.EqualTo(64));
    }
}

/// <summary>Writes SentencePiece models, pieces alone.</summary>
internal static class SentencePieces
{
    public static byte[] Model(params ReadOnlySpan<(string Text, float Score, int? Type)> pieces)
    {
        using MemoryStream model = new();
        foreach ((string text, float score, int? type) in pieces)
        {
            using MemoryStream piece = new();
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            piece.WriteByte(0x0A);
            piece.WriteByte((byte)bytes.Length);
            piece.Write(bytes);
            piece.WriteByte(0x15);
            piece.Write(BitConverter.GetBytes(score));
            if (type is { } number)
            {
                piece.WriteByte(0x18);
                piece.WriteByte((byte)number);
            }

            model.WriteByte(0x0A);
            model.WriteByte((byte)piece.Length);
            piece.WriteTo(model);
        }

        // What follows the pieces in real files: the trainer's settings, skipped.
        model.Write([0x12, 0x02, 0x08, 0x01]);
        return model.ToArray();
    }
}
