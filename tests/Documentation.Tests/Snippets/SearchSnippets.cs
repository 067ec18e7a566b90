using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Merging;
using ModelAggregation.Runtime;
using ModelAggregation.Search;
using ModelAggregation.Search.Optimizers;
using ModelAggregation.Zoo;
using ModelRuntime.Tokenizers;

namespace Documentation.Tests.Snippets;

public sealed class SearchSnippets
{
    [Test]
    public async Task SearchMerges()
    {
        using WorkFolder work = new(nameof(SearchMerges));
        string models = WorkFolder.Models;
        string output = work["merged"];
        IReadOnlyList<AnswerExample> sums = ExampleFile.ReadAnswers($"{models}/eval/add.jsonl");
        LanguageModelEvaluator evaluator = RuntimeEvaluator.Create([new AnswerLossTask("add", sums)], new CharacterTokenizer());

        // snippet: SearchMerges
        ModelZoo zoo = ModelZoo.Open([$"{models}/a-add", $"{models}/a-sort", $"{models}/a-harmful"]);
        using MergeSearch search = new(zoo, evaluator, new SearchOptions { Coefficients = [0.3, 0.7] });
        SearchResult result = await search.RunAsync(new CoefficientHeuristic());
        MergeReport report = new ModelMerger(zoo.Resolver).Merge(result.Best.Recipe, output);
        Console.WriteLine($"{string.Join(", ", result.Best.Shares.Select(share => $"{share.Weight:F2} of {share.Model}"))} in {report.Folder}");
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Best.Shares.Select(share => share.Model), Has.None.Contains("harmful"));
            Assert.That(report.TensorCount, Is.EqualTo(30));
        }
    }

    [Test]
    public async Task SearchParameters()
    {
        string models = WorkFolder.Models;
        AnswerExample[] sums = [.. ExampleFile.ReadAnswers($"{models}/eval/add.jsonl").Take(20)];
        LanguageModelEvaluator evaluator = RuntimeEvaluator.Create([new AnswerLossTask("add", sums)], new CharacterTokenizer());
        ModelZoo zoo = ModelZoo.Open([$"{models}/a-add", $"{models}/a-sort", $"{models}/a-harmful"]);
        using MergeSearch search = new(zoo, evaluator);

        // snippet: SearchParameters
        ParameterSearchOptions options = new()
        {
            Optimizer = new CmaEsOptimizer(new CmaEsOptions { Restarts = 2 }),
            Evaluations = 24,
            LayerGroups = 2,
        };
        SearchResult result = await search.RunAsync(new ParameterSearch(options));
        Console.WriteLine($"{result.Best.Result!.Merit:F2} without {string.Join(", ", result.Dropped)}, after {result.Generations.Count} generations");
        // end

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Dropped, Has.Some.Contains("harmful"));
            Assert.That(result.Generations.Sum(generation => generation.Count), Is.EqualTo(24));
        }
    }
}
