using System.Text.Json.Nodes;
using ModelTensors.Checkpoints;
using ModelTensors.Tokenizers;

namespace ModelTensors.Tests.Tokenizers;

public sealed class TokenizerFilesTests
{
    private static readonly NewToken[] Tokens =
    [
        new("c", 3, Score: -4),
        new("<t>", 4, new AddedToken("<t>") { IsSpecial = true, StripsLeft = true }),
    ];

    [TestCase("""{"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}""")]
    [TestCase("""{"type": "WordPiece", "vocab": {"a": 0, "b": 1}}""")]
    [TestCase("""{"type": "Unigram", "vocab": [["a", -1], ["b", -2]]}""")]
    public void Extend_WritesEveryToken_WithItsNumber(string model)
    {
        using TestFolder folder = new();
        folder.Write("tokenizer.json", $$"""{"added_tokens": [{"id": 2, "content": "<s>", "special": true}], "model": {{model}}, "other": 1}""");
        JsonObject document = TokenizerFiles.Extend(folder.Path, Tokens);
        using TestFolder written = new();
        written.Write("tokenizer.json", document.ToJsonString());
        Vocabulary vocabulary = Vocabulary.TryRead(written.Path)!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(vocabulary.Tokens, Is.EqualTo((string[])["a", "b", "<s>", "c", "<t>"]));
            Assert.That(vocabulary.AddedTokens.Keys, Is.EqualTo((int[])[2, 4]));
            Assert.That(vocabulary.AddedTokens[4], Is.EqualTo(Tokens[1].Added));
            Assert.That(document["other"]!.GetValue<int>(), Is.EqualTo(1), "what else there is stays");
            Assert.That(document["model"]!["vocab"] is JsonObject map ? map.Count : document["model"]!["vocab"]!.AsArray().Count, Is.EqualTo(5), "readers count on from there");
        }
    }

    [TestCase("""{"added_tokens": [{"id": 3, "content": "<s>"}], "model": {"type": "Unigram", "vocab": [["a", 0], ["b", 0]]}}""", "number 2 has no token")]
    [TestCase("""{"added_tokens": [], "model": {"type": "Unigram", "vocab": [["a", 0], ["b", 0]]}}""", "token 'c' has number 3 and a unigram vocabulary goes on with 2")]
    [TestCase("""{"added_tokens": [{"id": 1, "content": "<s>"}], "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}}}""", "the added token '<s>' shares its number 1")]
    public void Extend_OfWhatHasNoPlace_IsRefusedByName(string json, string message)
    {
        using TestFolder folder = new();
        folder.Write("tokenizer.json", json);

        CheckpointException error = Assert.Throws<CheckpointException>(() => TokenizerFiles.Extend(folder.Path, Tokens))!;
        Assert.That(error.Error, Is.EqualTo(CheckpointError.TokenizerUnsupported), error.Message);
        Assert.That(error.Message, Does.Contain(message));
    }

    [Test]
    public void Extend_OfAUnigram_NeedsScores()
    {
        using TestFolder folder = new();
        folder.Write("tokenizer.json", """{"model": {"type": "Unigram", "vocab": [["a", 0]]}}""");

        Assert.That(
            () => TokenizerFiles.Extend(folder.Path, [new NewToken("b", 1)]),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("the ordinary token 'b' has no score"));
    }

    [Test]
    public void Extend_WithoutTokenizerJson_SaysTheWayOut()
    {
        using TestFolder folder = new();
        File.WriteAllBytes(folder["tokenizer.model"], SentencePieces.Model(("<unk>", 0, 2)));

        Assert.That(
            () => TokenizerFiles.Extend(folder.Path, Tokens),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("tokenizer.json', and other tokenizer files have no place for 2 more tokens. Save the tokenizer with transformers"));
    }

    [Test]
    public void ExtendConfig_AddsToTheDecoder()
    {
        JsonObject config = JsonNode.Parse("""{"added_tokens_decoder": {"2": {"content": "<s>"}}, "eos_token": "<s>"}""")!.AsObject();
        TokenizerFiles.ExtendConfig(config, Tokens);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(config["added_tokens_decoder"]!.AsObject().Select(item => item.Key), Is.EqualTo((string[])["2", "4"]));
            Assert.That(config["added_tokens_decoder"]!["4"]!["content"]!.GetValue<string>(), Is.EqualTo("<t>"));
            Assert.That(config["added_tokens_decoder"]!["4"]!["lstrip"]!.GetValue<bool>(), Is.True);
        }
    }

    [TestCase("""{"chat_template": "one"}""", null, "one")]
    [TestCase("""{"chat_template": [{"name": "tool", "template": "t"}, {"name": "default", "template": "d"}]}""", null, "d")]
    [TestCase("""{"chat_template": "one"}""", "two", "two")]
    [TestCase("{}", null, null)]
    public void TryReadChatTemplate_KnowsBothPlaces(string config, string? jinja, string? expected)
    {
        using TestFolder folder = new();
        folder.Write("tokenizer_config.json", config);
        if (jinja is not null)
        {
            folder.Write("chat_template.jinja", jinja);
        }

        Assert.That(TokenizerFiles.TryReadChatTemplate(folder.Path), Is.EqualTo(expected));
    }
}
