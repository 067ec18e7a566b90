using System.Text.Json.Nodes;
using ModelRuntime.Tokenizers;

namespace ModelRuntime.Tests.Tokenizers;

public sealed class SentencePieceTests
{
    // 0 <unk>, 1 <s>, 2 </s>, 3 to 258 the bytes, then these in order.
    private static readonly string[] Pieces = ["▁", "a", "b", "▁a", "ab", "▁ab"];

    private const int Space = 259;
    private const int SpaceA = 262;
    private const int SpaceAB = 264;

    [Test]
    public void Encode_PutsASpaceBefore_AndBeginsTheSequence()
    {
        ITokenizer tokenizer = TokenizerFolder.Load(Document());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.Encode("ab a"), Is.EqualTo((int[])[1, SpaceAB, SpaceA]));
            Assert.That(tokenizer.Encode("ab a", addSpecialTokens: false), Is.EqualTo((int[])[SpaceAB, SpaceA]));
            Assert.That(tokenizer.Encode(" ab"), Is.EqualTo((int[])[1, Space, SpaceAB]));
            Assert.That(tokenizer.Decode([1, SpaceAB, SpaceA]), Is.EqualTo("ab a"));
        }
    }

    [Test]
    public void Encode_OfACharacterWithoutToken_IsItsBytes()
    {
        ITokenizer tokenizer = TokenizerFolder.Load(Document());
        // U+1F642 is F0 9F 99 82, and byte b has the token 3 + b.
        int[] wanted = [1, SpaceA, 3 + 0xF0, 3 + 0x9F, 3 + 0x99, 3 + 0x82];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.Encode("a🙂"), Is.EqualTo(wanted));
            Assert.That(tokenizer.Decode(wanted), Is.EqualTo("a🙂"));
            // A part of the bytes is no text: U+FFFD for each.
            Assert.That(tokenizer.Decode(wanted[..^1]), Is.EqualTo("a\uFFFD\uFFFD\uFFFD"));
        }
    }

    [TestCase(true, new[] { 1, Space, 0, 261 })]
    [TestCase(false, new[] { 1, Space, 0, 0, 261 })]
    public void Encode_WithoutBytes_GivesTheUnknownToken(bool fuses, int[] wanted)
    {
        JsonObject document = Document();
        document["model"]!["byte_fallback"] = false;
        document["model"]!["fuse_unk"] = fuses;
        Assert.That(TokenizerFolder.Load(document).Encode("xyb"), Is.EqualTo(wanted));
    }

    [Test]
    public void Encode_WithNeither_NamesTheCharacter()
    {
        JsonObject document = Document();
        document["model"]!["byte_fallback"] = false;
        document["model"]!["unk_token"] = null;
        ITokenizer tokenizer = TokenizerFolder.Load(document);
        Assert.That(() => tokenizer.Encode("aé"), Throws.TypeOf<RuntimeException>().With.Property("Error").EqualTo(RuntimeError.TextInvalid).And.Message.Contains("U+00E9"));
    }

    private static JsonObject Document()
    {
        JsonObject vocabulary = new() { ["<unk>"] = 0, ["<s>"] = 1, ["</s>"] = 2 };
        for (int value = 0; value < 256; value++)
        {
            vocabulary.Add($"<0x{value:X2}>", vocabulary.Count);
        }

        foreach (string piece in Pieces)
        {
            vocabulary.Add(piece, vocabulary.Count);
        }

        JsonObject document = JsonNode.Parse("""
            {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
             "pre_tokenizer": null,
             "post_processor": {"type": "TemplateProcessing",
               "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
               "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
             "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
               {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
             "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true, "merges": ["▁ a", "a b", "▁a b", "▁ ab"]}}
            """)!.AsObject();
        document["added_tokens"] = new JsonArray(TokenizerFolder.Added(0, "<unk>"), TokenizerFolder.Added(1, "<s>"), TokenizerFolder.Added(2, "</s>"));
        document["model"]!["vocab"] = vocabulary;
        return document;
    }
}
