using System.Text.RegularExpressions;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;

namespace ModelAggregation.Tests.Merging;

/// <summary>There is no Jinja here: the templates are checked for their tags and their formats' markers.</summary>
public sealed partial class ChatTemplatesTests
{
    [TestCase("alpaca", "### Instruction:\\n", "### Response:\\n", "eos_token")]
    [TestCase("chatml", "<|im_start|>", "<|im_end|>\\n", "<|im_start|>assistant\\n")]
    [TestCase("exaone", "[|user|]", "|]", "[|endofturn|]\\n", "[|assistant|]")]
    [TestCase("llama3", "bos_token", "<|start_header_id|>", "<|end_header_id|>\\n\\n", "<|eot_id|>")]
    [TestCase("mistral", "bos_token", "[INST] ", " [/INST]", "eos_token")]
    public void BuiltIn_HasTheFormatsMarkers_AndBalancedTags(string name, params string[] markers)
    {
        string template = Written(name);
        Stack<string> open = [];
        foreach (string word in Tags().Matches(template).Select(match => match.Groups["word"].Value))
        {
            switch (word)
            {
                case "for" or "if":
                    open.Push(word);
                    break;
                case "elif" or "else":
                    Assert.That(open.Peek(), Is.EqualTo("if"));
                    break;
                case "endfor" or "endif":
                    Assert.That(open.Pop(), Is.EqualTo(word[3..]));
                    break;
                default:
                    Assert.That(word, Is.EqualTo("set"));
                    break;
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(open, Is.Empty);
            Assert.That(Regex.Count(template, @"\{\{-"), Is.EqualTo(Regex.Count(template, @"-\}\}")));
            Assert.That(Regex.Count(template, @"\{%-"), Is.EqualTo(Regex.Count(template, @"-%\}")));
            Assert.That(template.Count(letter => letter == '\'') % 2, Is.Zero, "quotes");
            foreach (string marker in markers)
            {
                Assert.That(template, Does.Contain(marker));
            }
        }
    }

    [TestCase("chatlm", "Did you mean 'chatml'?")]
    [TestCase("a text without a tag that is long", "it is one of alpaca, chatml, exaone, llama3, mistral, auto, or a Jinja template of at least 20 characters with a '{'.")]
    [TestCase("{{ short }}", "at least 20 characters")]
    public void AWordThatIsNoTemplate_IsRefused(string text, string message) => Assert.That(
        () => MergeRecipe.With("linear").Model("a").ChatTemplate(text).Build(),
        Throws.TypeOf<RecipeException>().With.Message.Contains(message));

    [GeneratedRegex(@"\{%-\s*(?<word>\w+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Tags();

    // What a merge writes is what counts.
    private static string Written(string name)
    {
        using TestFolder folder = new();
        VocabularyRig.Write(folder, "a", TestTokenizer.Of("x", "y"), rows: 2);
        VocabularyRig.Merge(MergeRecipe.With("linear").Model(folder["a"], weight: 1).ChatTemplate(name).Build(), folder["out"]);
        return File.ReadAllText(folder["out", "chat_template.jinja"]);
    }
}
