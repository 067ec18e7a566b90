using FsCheck;
using ModelRuntime.Tokenizers;

namespace ModelRuntime.Tests.Tokenizers;

public sealed class SimpleTokenizerTests
{
    [Test]
    public void Characters_AreTheirCodes()
    {
        CharacterTokenizer tokenizer = new();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.Encode("rev:a="), Is.EqualTo((int[])[1, 'r', 'e', 'v', ':', 'a', '=']));
            Assert.That(tokenizer.Encode("\n~", addSpecialTokens: false), Is.EqualTo((int[])['\n', '~']));
            Assert.That(tokenizer.Decode([1, 'a', 'b', 2, 0]), Is.EqualTo("ab"));
            Assert.That(tokenizer.Decode([1, 'a'], skipSpecialTokens: false), Is.EqualTo("\u0001a"));
            Assert.That(tokenizer.Decode(['a', 128, 'b', int.MaxValue], skipSpecialTokens: false), Is.EqualTo("ab"));
            Assert.That(tokenizer.PrefixTokens, Is.EqualTo((int[])[1]));
            Assert.That(new CharacterTokenizer(beginToken: null).PrefixTokens, Is.Empty);
            Assert.That((tokenizer.VocabularySize, tokenizer.BeginToken, tokenizer.EndToken, tokenizer.PadToken), Is.EqualTo((128, (int?)1, (int?)2, (int?)0)));
        }
    }

    [TestCase("aé", "Character 1 of the text is U+00E9")]
    [TestCase("\u0002", "Character 0 of the text is U+0002")]
    [TestCase("\u007F\u0080", "Character 1 of the text is U+0080")]
    public void Characters_OutsideOfTheVocabulary_AreNamed(string text, string message) => Assert.That(
        () => new CharacterTokenizer().Encode(text),
        Throws.TypeOf<RuntimeException>().With.Property("Error").EqualTo(RuntimeError.TextInvalid).And.Message.Contains(message));

    [Test]
    public void Characters_WithSettingsThatCannotBe_AreMisuse()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new CharacterTokenizer(0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new CharacterTokenizer(0xD801), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new CharacterTokenizer(2), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("endToken"));
            Assert.That(() => new CharacterTokenizer().Decode([-1]), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("tokens"));
            Assert.That(new CharacterTokenizer(4, null, null, null).Encode("\0\u0003"), Is.EqualTo((int[])[0, 3]));
        }
    }

    [Test]
    public void Bytes_FollowTheSpecialTokens()
    {
        ByteTokenizer tokenizer = new();
        using (Assert.EnterMultipleScope())
        {
            // ByT5's own example: byte b is 3 + b, and the end is 1.
            Assert.That(tokenizer.Encode("Aé"), Is.EqualTo((int[])[3 + 0x41, 3 + 0xC3, 3 + 0xA9, 1]));
            Assert.That(tokenizer.Encode("A", addSpecialTokens: false), Is.EqualTo((int[])[3 + 0x41]));
            Assert.That(tokenizer.Decode([3 + 0xC3, 0, 2, 1]), Is.EqualTo("\uFFFD"));
            Assert.That(tokenizer.Decode([3 + 0x41, 1], skipSpecialTokens: false), Is.EqualTo("A<1>"));
            Assert.That(new ByteTokenizer(0, null, 256, 257, 300).Encode("A"), Is.EqualTo((int[])[256, 0x41, 257]));
            Assert.That(tokenizer.Decode([3 + 0x41, 259], skipSpecialTokens: false), Is.EqualTo("A"));
            Assert.That(() => tokenizer.Decode([-1]), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("tokens"));
            Assert.That(tokenizer.PrefixTokens, Is.Empty);
            Assert.That(new ByteTokenizer(0, null, 256, 257, 300).PrefixTokens, Is.EqualTo((int[])[256]));
            Assert.That(() => new ByteTokenizer(3, 5), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("padToken"));
            Assert.That(() => new ByteTokenizer(vocabularySize: 200), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("vocabularySize"));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Bytes_OfAText_AreTheText(NonNull<string> any)
    {
        string text = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(any.Get));
        ByteTokenizer tokenizer = new();
        Assert.That(tokenizer.Decode(tokenizer.Encode(text)), Is.EqualTo(text));
    }

    [Test]
    public void Decoder_KeepsBackHalfACharacter()
    {
        TokenDecoder decoder = new(new ByteTokenizer());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(decoder.Append(3 + 'a'), Is.EqualTo("a"));
            Assert.That(decoder.Append(3 + 0xC3), Is.Empty);
            Assert.That(() => decoder.Append(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(decoder.Append(1000), Is.Empty);
            Assert.That(decoder.Append(3 + 0xA9), Is.EqualTo("é"));
            Assert.That(decoder.Append(1), Is.Empty);
            Assert.That(decoder.Append(3 + 0xF0), Is.Empty);
            Assert.That(decoder.Flush(), Is.EqualTo("\uFFFD"));
            Assert.That(decoder.Flush(), Is.Empty);
            Assert.That(decoder.Append(3 + 'b'), Is.EqualTo("b"));
        }
    }

    [Test]
    public void Decoder_OfManyTokensWithoutText_TakesNoLongerForEach()
    {
        CountingTokenizer tokenizer = new();
        TokenDecoder decoder = new(tokenizer);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(decoder.Append(3 + 'a'), Is.EqualTo("a"));
            Assert.That(decoder.Append(3 + 0xF0) + decoder.Append(3 + 0x9F), Is.Empty);
            Assert.That(string.Concat(Enumerable.Range(0, 1000).Select(i => decoder.Append(i % 2 == 0 ? 1 : 5000))), Is.Empty);
            Assert.That(decoder.Append(3 + 0x9A) + decoder.Append(3 + 0x80), Is.EqualTo("🚀"), "What is left out breaks no character.");
            Assert.That(tokenizer.Longest, Is.LessThan(20));
        }
    }

    [Test]
    public void Decoder_OfTokensWhoseTextIsTakenBack_StillMovesOn()
    {
        // The text of these tokens grows once and never again.
        CountingTokenizer tokenizer = new() { LongestText = 1 };
        TokenDecoder decoder = new(tokenizer);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(string.Concat(Enumerable.Repeat(3 + 'a', 1000).Select(decoder.Append)) + decoder.Flush(), Is.EqualTo("a"));
            Assert.That(tokenizer.Longest, Is.LessThan(20));
        }
    }

    [Test]
    public void Decoder_OfSpacesThatBeginAText_KeepsAllButTheFirst()
    {
        ITokenizer tokenizer = TokenizerLoader.Load(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "Tokenizers", "llama2"));
        TokenDecoder decoder = new(tokenizer);
        int[] tokens = [.. tokenizer.Encode("  the model")];
        Assert.That(string.Concat(tokens.Select(decoder.Append)), Is.EqualTo("  the model"));
    }

    [TestCase("llama2")]
    [TestCase("llama3")]
    public void Decoder_OfAWholeText_GivesTheText(string name)
    {
        ITokenizer tokenizer = TokenizerLoader.Load(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "Tokenizers", name));
        TokenDecoder decoder = new(tokenizer);
        const string text = "The merged model 🙂 answers déjà vu, 你好 🚀!";
        string written = string.Concat(tokenizer.Encode(text).Select(decoder.Append)) + decoder.Flush();
        Assert.That(written, Is.EqualTo(text));
    }

    /// <summary>Bytes, and how many were decoded at once.</summary>
    private sealed class CountingTokenizer : ITokenizer
    {
        private readonly ByteTokenizer _bytes = new();

        public int Longest { get; private set; }

        public int LongestText { get; init; } = int.MaxValue;

        public int VocabularySize => _bytes.VocabularySize;

        public int? BeginToken => _bytes.BeginToken;

        public int? EndToken => _bytes.EndToken;

        public int? PadToken => _bytes.PadToken;

        public IReadOnlyList<int> PrefixTokens => _bytes.PrefixTokens;

        public IReadOnlyList<int> Encode(string text, bool addSpecialTokens = true) => _bytes.Encode(text, addSpecialTokens);

        public string Decode(IReadOnlyList<int> tokens, bool skipSpecialTokens = true)
        {
            Longest = Math.Max(Longest, tokens.Count);
            string text = _bytes.Decode(tokens, skipSpecialTokens);
            return text[..Math.Min(text.Length, LongestText)];
        }
    }
}
