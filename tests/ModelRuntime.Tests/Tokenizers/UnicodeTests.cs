using System.Globalization;
using System.Text;
using ModelRuntime.Tokenizers.Parts;
using ModelRuntime.Tokenizers.Unicode;

namespace ModelRuntime.Tests.Tokenizers;

public sealed class UnicodeTests
{
    [TestCase("Å", "A\u030A", "Å")]
    [TestCase("\u212B", "A\u030A", "Å")]
    [TestCase("\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E9B\u0323")]
    [TestCase("q\u0307\u0323", "q\u0323\u0307", "q\u0323\u0307")]
    [TestCase("\u1E0B\u0323", "d\u0323\u0307", "\u1E0D\u0307")]
    [TestCase("\u0958", "\u0915\u093C", "\u0915\u093C")]
    [TestCase("\uAC01", "\u1100\u1161\u11A8", "\uAC01")]
    [TestCase("\uAC00\u11A7", "\u1100\u1161\u11A7", "\uAC00\u11A7")]
    [TestCase("a\u0315\u0300\u05AE\u0300b", "a\u05AE\u0300\u0300\u0315b", "\u00E0\u05AE\u0300\u0315b")]
    [TestCase("\u0344", "\u0308\u0301", "\u0308\u0301")]
    [TestCase("\uD834\uDD5E", "\uD834\uDD57\uD834\uDD65", "\uD834\uDD57\uD834\uDD65")]
    [TestCase("\uFFFEe\u0301", "\uFFFEe\u0301", "\uFFFEé")]
    [TestCase("plain", "plain", "plain")]
    public void CanonicalForms_AreThoseOfTheStandard(string text, string decomposed, string composed)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(CanonicalForms.Decompose(text), Is.EqualTo(decomposed));
            Assert.That(CanonicalForms.Compose(text), Is.EqualTo(composed));
            Assert.That(CanonicalForms.Compose(decomposed), Is.EqualTo(composed));
        }
    }

    [Test]
    public void CanonicalForms_OfEveryCharacter_AreStable()
    {
        using (Assert.EnterMultipleScope())
        {
            for (int code = 0; code <= 0x2FFFF; code++)
            {
                if (!Rune.IsValid(code))
                {
                    continue;
                }

                string text = char.ConvertFromUtf32(code);
                string decomposed = CanonicalForms.Decompose(text);
                string composed = CanonicalForms.Compose(text);
                if (!string.Equals(CanonicalForms.Decompose(composed), decomposed, StringComparison.Ordinal)
                    || !string.Equals(CanonicalForms.Compose(decomposed), composed, StringComparison.Ordinal))
                {
                    Assert.Fail($"U+{code:X4}");
                }
            }
        }
    }

    [TestCase("İI", "i\u0307i", ExpectedResult = true)]
    [TestCase("ΑΣ", "ας", ExpectedResult = false)]
    [TestCase("ΑΣ", "ασ", ExpectedResult = true)]
    [TestCase("ẞ𐐀", "ß𐐨", ExpectedResult = true)]
    public bool ToLower_GoesCharacterByCharacter(string text, string wanted) => string.Equals(Characters.ToLower(text), wanted, StringComparison.Ordinal);

    [Test]
    public void StandIns_HaveTheCategoryThatTheyStandFor()
    {
        UnicodeCategory[] beyond = [.. Enum.GetValues<UnicodeCategory>().Except([UnicodeCategory.Surrogate])];
        using (Assert.EnterMultipleScope())
        {
            foreach (UnicodeCategory category in beyond)
            {
                Assert.That(CharUnicodeInfo.GetUnicodeCategory(StandIns.Of(category)), Is.EqualTo(category));
            }

            Assert.That(StandIns.Of(new Rune(0x1D49C)), Is.EqualTo(StandIns.Of(UnicodeCategory.UppercaseLetter)));
            Assert.That(StandIns.Replace("a🙂b").Starts, Is.EqualTo((int[])[0, 1, 3, 4]));
        }
    }
}
