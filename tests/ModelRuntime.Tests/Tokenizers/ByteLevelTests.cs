using System.Text.Json.Nodes;
using FsCheck;
using ModelRuntime.Tokenizers;

namespace ModelRuntime.Tests.Tokenizers;

public sealed class ByteLevelTests
{
    // Ids: the 256 bytes, then 256 "he", 257 "ll", 258 "hell", 259 "Ġhell", 260 "lo".
    private static readonly (string Left, string Right)[] Merges = [("h", "e"), ("l", "l"), ("he", "ll"), ("Ġ", "hell"), ("l", "o")];

    private static readonly Lazy<ITokenizer> Shared = new(() => TokenizerFolder.Load(TokenizerFolder.ByteLevel(Merges)));

    [Test]
    public void Encode_MergesInTheOrderOfTheFile()
    {
        ITokenizer tokenizer = TokenizerFolder.Load(TokenizerFolder.ByteLevel(Merges));
        using (Assert.EnterMultipleScope())
        {
            // h e l l o: "he" and "ll" come first, then "hell"; "lo" finds no l any more.
            Assert.That(tokenizer.Encode("hello"), Is.EqualTo((int[])[258, 'o']));
            Assert.That(tokenizer.Encode("hello hello"), Is.EqualTo((int[])[258, 'o', 259, 'o']));
            // Leftmost of equal ones: l l l is "ll" and "l".
            Assert.That(tokenizer.Encode("lll"), Is.EqualTo((int[])[257, 'l']));
            Assert.That(tokenizer.Encode("é"), Is.EqualTo((int[])[0xC3, 0xA9]));
            Assert.That(tokenizer.Encode(string.Empty), Is.Empty);
            Assert.That((tokenizer.VocabularySize, tokenizer.BeginToken, tokenizer.EndToken, tokenizer.PadToken), Is.EqualTo((261, (int?)null, (int?)null, (int?)null)));
        }
    }

    [Test]
    public void Encode_IgnoringMerges_TakesAWordThatIsAToken()
    {
        // No merge makes "abc", but it is a token.
        JsonObject document = TokenizerFolder.ByteLevel([("a", "b")]);
        document["model"]!["vocab"]!["abc"] = 257;
        ITokenizer merging = TokenizerFolder.Load(document);
        document["model"]!["ignore_merges"] = true;
        ITokenizer ignoring = TokenizerFolder.Load(document);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(merging.Encode("abc"), Is.EqualTo((int[])[256, 'c']));
            Assert.That(ignoring.Encode("abc"), Is.EqualTo((int[])[257]));
            Assert.That(ignoring.Encode("abcd"), Is.EqualTo((int[])[256, 'c', 'd']));
        }
    }

    [Test]
    public void Encode_ReadsMergesAsPairsToo()
    {
        JsonObject document = TokenizerFolder.ByteLevel(Merges);
        document["model"]!["merges"] = new JsonArray([.. Merges.Select(merge => new JsonArray(merge.Left, merge.Right))]);
        Assert.That(TokenizerFolder.Load(document).Encode("hello hello"), Is.EqualTo((int[])[258, 'o', 259, 'o']));
    }

    [Test]
    public void Encode_FindsAddedTokens_TheLongestFirst()
    {
        ITokenizer tokenizer = TokenizerFolder.Load(TokenizerFolder.ByteLevel(Merges, "<s>", "<s>>"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.Encode("<s>hell<s>>"), Is.EqualTo((int[])[261, 258, 262]));
            Assert.That(tokenizer.Decode([261, 258, 262]), Is.EqualTo("hell"));
            Assert.That(tokenizer.Decode([261, 258, 262], skipSpecialTokens: false), Is.EqualTo("<s>hell<s>>"));
        }
    }

    [Test]
    public void Encode_OfAddedTokensThatNormalizationMakesTheSame_TakesTheFirstAndSpecialOnesBefore()
    {
        JsonObject document = TokenizerFolder.ByteLevel([], "<A>", "<a>", "<B>", "<b>");
        document["normalizer"] = new JsonObject { ["type"] = "Lowercase" };
        foreach (JsonNode? token in document["added_tokens"]!.AsArray())
        {
            token!["normalized"] = true;
        }

        document["added_tokens"]![2]!["special"] = false;
        ITokenizer tokenizer = TokenizerFolder.Load(document);
        Assert.That(tokenizer.Encode("<A><a><B><b>"), Is.EqualTo((int[])[256, 256, 259, 259]));
    }

    [Test]
    public void Encode_AWordOfManyLetters_TakesNoSquareOfTime()
    {
        ITokenizer tokenizer = TokenizerFolder.Load(TokenizerFolder.ByteLevel([("a", "a"), ("aa", "aa"), ("aaaa", "aaaa")]));
        IReadOnlyList<int> tokens = tokenizer.Encode(new string('a', 100_003));
        // Eights, then 100,003 mod 8 = 3: a two and a one.
        Assert.That((tokens.Count, tokens[0], tokens[^2], tokens[^1]), Is.EqualTo((12_502, 258, 256, (int)'a')));
    }

    [Test]
    public void Encode_HalvesOfSurrogatePairs_AreTheReplacementCharacter()
    {
        ITokenizer tokenizer = TokenizerFolder.Load(TokenizerFolder.ByteLevel(Merges));
        Assert.That(tokenizer.Encode("a\uD83D!"), Is.EqualTo((int[])['a', 0xEF, 0xBF, 0xBD, '!']));
    }

    [Test]
    public void Decode_BytesThatAreNoUtf8_AreTheReplacementCharacter()
    {
        ITokenizer tokenizer = TokenizerFolder.Load(TokenizerFolder.ByteLevel(Merges));
        using (Assert.EnterMultipleScope())
        {
            // The first three bytes of a rocket, which has four.
            Assert.That(tokenizer.Decode([0xF0, 0x9F, 0x9A]), Is.EqualTo("\uFFFD"));
            Assert.That(tokenizer.Decode([0xF0, 0x9F, 0x9A, 0x80]), Is.EqualTo("🚀"));
        }
    }

    [Test]
    public void Decode_OfTokensThatTheVocabularyDoesNotHave_GivesNoText()
    {
        // The rows of a model are often more than its tokenizer's tokens, and the numbers of added tokens may leave holes.
        JsonObject document = TokenizerFolder.ByteLevel([], "<s>");
        document["added_tokens"]![0]!["id"] = 300;
        ITokenizer tokenizer = TokenizerFolder.Load(document);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tokenizer.Decode(['a', 301, 'b', int.MaxValue, 256, 300], skipSpecialTokens: false), Is.EqualTo("ab<s>"));
            Assert.That(tokenizer.Decode([301]), Is.Empty);
            Assert.That(() => tokenizer.Decode(['a', -1]), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("tokens"));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Decode_OfWhatWasEncoded_IsTheText(NonNull<string> any, int[] codes)
    {
        // Strings of FsCheck's, and such with characters from all of Unicode.
        string text = Whole(any.Get) + string.Concat(codes.Select(code => char.ConvertFromUtf32(((code & int.MaxValue) % 0x10F7FF) is var value && value < 0xD800 ? value : value + 0x800)));
        ITokenizer tokenizer = Shared.Value;
        Assert.That(tokenizer.Decode(tokenizer.Encode(text), skipSpecialTokens: false), Is.EqualTo(text));
    }

    // Random merges over three letters, so that they get into each other's way, against all pairs searched again after every merge.
    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void Encode_IsWhatMergingOneByOneGives(NonEmptyArray<byte> choices, NonEmptyArray<byte> letters)
    {
        List<string> tokens = ["a", "b", "c"];
        List<(string Left, string Right)> merges = [];
        for (int i = 0; i + 1 < choices.Get.Length; i += 2)
        {
            (string Left, string Right) merge = (tokens[choices.Get[i] % tokens.Count], tokens[choices.Get[i + 1] % tokens.Count]);
            if (!merges.Contains(merge) && merge.Left.Length + merge.Right.Length <= 16)
            {
                merges.Add(merge);
                tokens.Add(merge.Left + merge.Right);
            }
        }

        JsonObject document = TokenizerFolder.ByteLevel(merges);
        string word = string.Concat(letters.Get.Select(letter => (char)('a' + (letter % 3))));
        List<string> parts = [.. word.Select(letter => letter.ToString())];
        while (Next(parts, merges) is { } place)
        {
            parts[place] += parts[place + 1];
            parts.RemoveAt(place + 1);
        }

        int[] wanted = [.. parts.Select(part => document["model"]!["vocab"]![part]!.GetValue<int>())];
        Assert.That(TokenizerFolder.Load(document).Encode(word), Is.EqualTo(wanted), word);
    }

    private static int? Next(List<string> parts, List<(string Left, string Right)> merges)
    {
        (int Rank, int Place)[] possible =
        [
            .. Enumerable.Range(0, parts.Count - 1).Select(i => (merges.IndexOf((parts[i], parts[i + 1])), i)).Where(pair => pair.Item1 >= 0),
        ];
        return possible.Length == 0 ? null : possible.Min().Place;
    }

    private static string Whole(string text) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}
