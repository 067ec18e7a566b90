using System.Text.Json;
using ModelRuntime.Tokenizers;

namespace ModelRuntime.Tests.Tokenizers;

/// <summary>Texts, many of them strange, against the ids that Hugging Face's tokenizers give (Data/Tokenizers/make.py, reference.js).</summary>
public sealed class TokenizerReferenceTests
{
    private static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "Tokenizers");

    private static IEnumerable<string> Names() => Directory.GetDirectories(Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Names))]
    public void Tokenizer_OfAFamily_AgreesWithTheReference(string name)
    {
        ITokenizer tokenizer = TokenizerLoader.Load(Path.Combine(Folder, name));
        string[] texts = JsonSerializer.Deserialize<string[]>(File.ReadAllText(Path.Combine(Folder, "texts.json")))!;
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, name, "reference.json")));

        Assert.That(reference.RootElement.GetArrayLength(), Is.EqualTo(texts.Length).And.GreaterThan(90));
        using (Assert.EnterMultipleScope())
        {
            foreach ((JsonElement wanted, string text) in reference.RootElement.EnumerateArray().Zip(texts))
            {
                int[] ids = [.. wanted.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
                Assert.That(tokenizer.Encode(text), Is.EqualTo(ids), text);
                Assert.That(tokenizer.Decode(ids), Is.EqualTo(wanted.GetProperty("text").GetString()), text);
                Assert.That(tokenizer.Decode(ids, skipSpecialTokens: false), Is.EqualTo(wanted.GetProperty("whole").GetString()), text);
            }
        }
    }

    [Test]
    public void Names_AreThere() => Assert.That(Names().Count(), Is.GreaterThan(12));
}
