using ModelRuntime.Tokenizers;

namespace ModelRuntime.Tests.Tokenizers;

public sealed class WordPieceTests
{
    private const string Words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##aff\n##able\ncafe\ncafé\nCafe\n你\n好\n,\n!\n##s\na\n";

    [TestCase("unaffable", new[] { 5, 6, 7 })]
    [TestCase("Café", new[] { 8 })]
    [TestCase("CAFE\u0301S!", new[] { 8, 15, 14 })]
    [TestCase("你好,a", new[] { 11, 12, 13, 16 })]
    [TestCase("a\u0000\u200Ba a\u3000a", new[] { 1, 16, 16 })]
    [TestCase("unaffabl", new[] { 1 })]
    [TestCase("[MASK] a[SEP]", new[] { 4, 16, 3 })]
    public void Encode_OfUncased_LowersAndStripsAccents(string text, int[] wanted)
    {
        ITokenizer tokenizer = TokenizerFolder.Load(("vocab.txt", Words));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.Encode(text, addSpecialTokens: false), Is.EqualTo(wanted));
            Assert.That(tokenizer.Encode(text), Is.EqualTo((int[])[2, .. wanted, 3]));
        }
    }

    [TestCase("Café", "café", new[] { 1, 9 })]
    [TestCase("Cafe", "CAFE", new[] { 10, 1 })]
    public void Encode_OfCased_KeepsBoth(string first, string second, int[] wanted)
    {
        ITokenizer tokenizer = TokenizerFolder.Load(("vocab.txt", Words), ("tokenizer_config.json", """{"do_lower_case": false, "tokenizer_class": "BertTokenizer"}"""));
        Assert.That(tokenizer.Encode($"{first} {second}", addSpecialTokens: false), Is.EqualTo(wanted));
    }

    [Test]
    public void Encode_OfAWordThatIsTooLong_IsUnknown()
    {
        ITokenizer tokenizer = TokenizerFolder.Load(("vocab.txt", $"{Words}##a\n"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.Encode(new string('a', 100), addSpecialTokens: false), Is.EqualTo((int[])[16, .. Enumerable.Repeat(17, 99)]));
            Assert.That(tokenizer.Encode(new string('a', 101), addSpecialTokens: false), Is.EqualTo((int[])[1]));
        }
    }

    [Test]
    public void Decode_JoinsPieces_AndLeavesOutSpecialTokens()
    {
        ITokenizer tokenizer = TokenizerFolder.Load(("vocab.txt", Words));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.Decode([2, 5, 6, 7, 8, 15, 14, 3]), Is.EqualTo("unaffable cafes!"));
            Assert.That((tokenizer.BeginToken, tokenizer.EndToken, tokenizer.PadToken, tokenizer.VocabularySize), Is.EqualTo(((int?)2, (int?)3, (int?)0, 17)));
        }
    }

    [Test]
    public void Load_WithNamesOfOtherSpecialTokens_TakesThem()
    {
        ITokenizer tokenizer = TokenizerFolder.Load(
            ("vocab.txt", "<pad>\n<unk>\n<s>\n</s>\na\n"),
            ("tokenizer_config.json", """{"unk_token": "<unk>", "cls_token": {"content": "<s>"}, "sep_token": "</s>", "pad_token": "<pad>"}"""));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.Encode("a b<pad>"), Is.EqualTo((int[])[2, 4, 1, 0, 3]));
            Assert.That((tokenizer.BeginToken, tokenizer.EndToken, tokenizer.PadToken), Is.EqualTo(((int?)2, (int?)3, (int?)0)));
        }
    }

    [TestCase("[UNK]\n[CLS]\na\n", "{}", RuntimeError.TokenizerInvalid, "[SEP]")]
    [TestCase("[UNK]\n[CLS]\n[SEP]\na\na\n", "{}", RuntimeError.TokenizerInvalid, "'a'")]
    [TestCase(Words, """{"tokenizer_class": "BertJapaneseTokenizer"}""", RuntimeError.Unsupported, "BertJapaneseTokenizer")]
    [TestCase(Words, """{"do_lower_case": "no"}""", RuntimeError.TokenizerInvalid, "do_lower_case")]
    [TestCase(Words, """{"mask_token": "[M]", "bos_token": "<s>"}""", RuntimeError.TokenizerInvalid, "<s>")]
    public void Load_OfAVocabularyThatCannotBe_SaysWhy(string words, string config, RuntimeError error, string named) => Assert.That(
        () => TokenizerFolder.Load(("vocab.txt", words), ("tokenizer_config.json", config)),
        Throws.TypeOf<RuntimeException>().With.Property("Error").EqualTo(error).And.Message.Contains(named));
}
