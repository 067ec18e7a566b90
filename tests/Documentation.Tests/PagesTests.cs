using System.Text.RegularExpressions;
using ModelAggregation.Glue;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Mixture;

namespace Documentation.Tests;

/// <summary>The code in the pages is the code of the tests in <see cref="Snippets"/>, and the recipes in them are recipes.</summary>
public sealed partial class PagesTests
{
    private static readonly Dictionary<string, string> Snippets = ReadSnippets();

    [TestCaseSource(typeof(Repository), nameof(Repository.Pages))]
    public void CodeInAPage_IsASnippetThatATestRuns(string page)
    {
        string text = Repository.Read(page);
        using (Assert.EnterMultipleScope())
        {
            foreach (Match block in CodeBlock().Matches(text))
            {
                string name = block.Groups["name"].Value;
                Assert.That(name, Is.Not.Empty, $"A C# block of {page} has no '<!-- snippet: Name -->' before it:\n{block.Groups["code"].Value}");
                Assert.That(Snippets, Does.ContainKey(name), $"{page} shows the snippet {name}, which no test has.");
                if (Snippets.TryGetValue(name, out string? code))
                {
                    Assert.That(block.Groups["code"].Value.Trim(), Is.EqualTo(code), $"{page} and the snippet {name} have parted ways.");
                }
            }
        }
    }

    [TestCaseSource(typeof(Repository), nameof(Repository.Pages))]
    public void RecipesInAPage_AreRecipes(string page)
    {
        foreach (Match block in RecipeBlock().Matches(Repository.Read(page)))
        {
            Assert.That(() => Parse(block.Groups["yaml"].Value, page), Throws.Nothing);
        }
    }

    [TestCaseSource(typeof(Repository), nameof(Repository.Pages))]
    public void LinksInAPage_LeadToFiles(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        using (Assert.EnterMultipleScope())
        {
            foreach (Match link in Link().Matches(Repository.Read(page)))
            {
                string target = link.Groups["target"].Value;
                Assert.That(Path.Exists(Path.Combine(folder, target)), $"{page} links to {target}.");
            }
        }
    }

    [Test]
    public void Snippets_AreAllShown()
    {
        string all = string.Concat(Repository.Pages().Select(Repository.Read));
        Assert.That(Snippets.Keys.Where(name => !all.Contains($"<!-- snippet: {name} -->", StringComparison.Ordinal)), Is.Empty);
    }

    // What a recipe is of, its keys tell.
    private static object Parse(string yaml, string page) =>
        yaml.StartsWith("zoo:", StringComparison.Ordinal) ? GlueRecipe.Parse(yaml, page)
        : yaml.Contains("\nexperts:", StringComparison.Ordinal) ? MixtureRecipe.FromYaml(yaml, page)
        : MergePipeline.Parse(yaml, page);

    private static Dictionary<string, string> ReadSnippets()
    {
        Dictionary<string, string> snippets = new(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "Documentation.Tests", "Snippets"), "*.cs"))
        {
            foreach (Match match in Snippet().Matches(File.ReadAllText(path).ReplaceLineEndings("\n")))
            {
                string[] lines = match.Groups["code"].Value.Trim('\n').Split('\n');
                int indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
                snippets.Add(match.Groups["name"].Value, string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line)).Trim());
            }
        }

        return snippets;
    }

    [GeneratedRegex(@"(<!-- snippet: (?<name>\w+) -->\n)?```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"```ya?ml\n(?<yaml>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RecipeBlock();

    [GeneratedRegex(@"\]\((?<target>[^)#:]+)(#[^)]*)?\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"// snippet: (?<name>\w+)\n(?<code>.*?)// end", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Snippet();
}
