using System.Text.Json.Nodes;
using ModelRuntime.Tokenizers.Parts;

namespace ModelRuntime.Tests.Tokenizers;

public sealed class TextPatternsTests
{
    // What Oniguruma finds, from Hugging Face's tokenizers.
    [TestCase(@"a++a|b", "aaab", "b")]
    [TestCase(@"a?+b", "aab", "ab")]
    [TestCase(@"a{1,2}+", "aaaaa", "aaaaa")]
    [TestCase(@"a{,2}b", "aaab", "aab")]
    [TestCase(@"a{x}", "a{x}", "a{x}")]
    [TestCase(@"a$", "a\na\n", "a|a")]
    [TestCase(@"^a", "a\na", "a|a")]
    [TestCase(@"\w+", "a\u0903b Ⅷ½ Ⓐ-_", "a\u0903b|Ⅷ½|Ⓐ|_")]
    [TestCase(@"[\w-]+", "Ⅷ½ Ⓐ-_", "Ⅷ|Ⓐ-_")]
    [TestCase(@"[]a]+", "a]b", "a]")]
    [TestCase(@"[a\-\]^]+", "-a]^b", "-a]^")]
    [TestCase(@"\p{L}+", "a𝒜𠀀1", "a𝒜𠀀")]
    [TestCase(@"\p{^L}+", "a🙂1b", "🙂1")]
    [TestCase(@"\p{N}{1,3}", "12345𝟙", "123|45𝟙")]
    [TestCase(@"(?i:'s|'ll)", "I'LL it's", "'LL|'s")]
    [TestCase(@"\x41\u0042\x{43}\.", "ABC.", "ABC.")]
    [TestCase(@"\s+(?!\S)|\s+", "a   b  ", "  | |  ")]
    public void Expression_FindsWhatOnigurumaFinds(string expression, string text, string wanted)
    {
        TextPattern pattern = TextPatterns.Expression(expression, new TokenizerPart(new JsonObject(), "tokenizer.json", "pre_tokenizer"));
        Assert.That(string.Join('|', pattern(text).Select(range => text[range.Start..range.End])), Is.EqualTo(wanted));
    }
}
