using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Merging;
using ModelAggregation.Search;
using ModelAggregation.Search.Optimizers;
using ModelAggregation.Zoo;
using ModelRuntime.Tokenizers;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Runtime.Tests;

/// <summary>The strategies on the trained family with its harmful model.</summary>
public sealed class ZooSearchTests
{
    private static readonly string[] Specialists = ["a-add", "a-reverse", "a-sort"];
    private static readonly SearchOptions Coarse = new() { Coefficients = [0.3, 0.5, 0.7], Workers = 2 };

    private static readonly MergeStrategy[] Strategies =
    [
        new AverageHeuristic(), new CoefficientHeuristic(), new SimilarityHeuristic(SimilarityOrder.MostAlikeFirst), new SimilarityHeuristic(SimilarityOrder.LeastAlikeFirst),
        new ParameterSearch(new ParameterSearchOptions { Evaluations = 40 }),
        new ParameterSearch(new ParameterSearchOptions { Optimizer = new RandomOptimizer(), Evaluations = 32 }),
    ];

    [TestCaseSource(nameof(Strategies))]
    public async Task TheHarmfulModel_IsRejected_AndTheSavedModelHasTheScores(MergeStrategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        ModelZoo zoo = ModelZoo.Open(["a-harmful", .. Specialists], new ModelResolver(new ModelResolverOptions { BaseFolders = [Zoo.Path()] }));
        LanguageModelEvaluator evaluator = RuntimeEvaluator.Create(
            [.. Zoo.Tasks.Select(task => new ExactMatchTask(task, [.. Zoo.Examples(task).Take(25)], new ExactMatchOptions { MaxTokens = 8, MustEnd = true }))], new CharacterTokenizer(), Zoo.OneThread);
        using MergeSearch search = new(zoo, evaluator, Coarse);

        SearchResult result = await search.RunAsync(strategy);

        string folder = Path.Combine(Path.GetTempPath(), $"model-aggregation-search-{Environment.ProcessId}-{result.Strategy}");
        new ModelMerger(zoo.Resolver).Merge(result.Best.Recipe, folder);
        EvaluationResult saved = await evaluator.EvaluateAsync(ModelCandidate.FromFolder(folder));
        Directory.Delete(folder, recursive: true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Dropped, Is.EqualTo((string[])["a-harmful"]));
            Assert.That(result.Rounds.Where(round => round.Outcome is not SearchOutcome.Accepted).Select(round => round.Model), Is.SubsetOf((string[])["a-harmful"]));
            Assert.That(result.Best.Shares.Select(share => share.Model), Is.EqualTo(Specialists));
            Assert.That(result.Best.Result!.Merit, Is.GreaterThan(result.Singles.Max(single => single.Result!.Merit) + 0.1));
            Assert.That(saved.Scores.SelectMany(score => score.Outcomes), Is.EqualTo(result.Best.Result.Scores.SelectMany(score => score.Outcomes)));
        }
    }
}
