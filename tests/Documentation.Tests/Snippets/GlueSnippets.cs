using ModelAggregation.Glue;
using ModelAggregation.Runtime;
using ModelRuntime.Tokenizers;

namespace Documentation.Tests.Snippets;

/// <summary>The snippet of the page on gluing zoos.</summary>
public sealed class GlueSnippets
{
    [Test]
    public async Task GlueZoo()
    {
        using WorkFolder work = new(nameof(GlueZoo));
        string models = WorkFolder.Models;
        string output = work["glued"];

        // snippet: GlueZoo
        GlueRecipe recipe = new()
        {
            Zoo = new GlueZoo { Folder = models, Models = ["a-add", "a-base", "a-sort", "a-harmful"] },
            Search = new GlueSearch { Strategies = ["average"], Bases = [GlueSearch.Auto] },
            Evaluation = new GlueEvaluation { Tasks = [new GlueTask("add", GlueTaskKind.ExactMatch) { File = $"{models}/eval/add.jsonl", Limit = 20 }] },
            Output = output,
        };
        ModelGlue glue = new(new GlueServices { Models = new RuntimeLanguageModelFactory(new CharacterTokenizer()) });
        Console.WriteLine(glue.Plan(recipe).Describe());
        GlueResult result = await glue.RunAsync(recipe);
        Console.WriteLine(result.Verdict());
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.BestSingle.Name, Is.EqualTo("a-add"));
            Assert.That(result.Families[0].Kept, Has.None.EqualTo("a-harmful"));
        }
    }
}
