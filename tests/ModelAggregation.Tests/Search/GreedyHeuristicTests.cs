using ModelAggregation.Evaluation;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;
using ModelAggregation.Zoo;
using ModelSdk.Testing;

namespace ModelAggregation.Tests.Search;

public sealed class GreedyHeuristicTests
{
    private static readonly MergeStrategy[] Strategies =
    [
        new AverageHeuristic(), new CoefficientHeuristic(), new SimilarityHeuristic(SimilarityOrder.MostAlikeFirst), new SimilarityHeuristic(SimilarityOrder.LeastAlikeFirst),
    ];

    [Test]
    public async Task Average_WeighsWhatItTakesEqually_AndTriesNothingTwice()
    {
        using SearchZoo models = new(("bad", [-9, -9, -9]), ("a", [3, 0, 0]), ("b", [0, 3, 0]), ("c", [0, 0, 3]));
        TargetEvaluator evaluator = new(1, 1, 1);
        using MergeSearch search = new(models.Zoo, evaluator);

        SearchResult result = await search.RunAsync(new AverageHeuristic());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Start, Is.EqualTo("a"));
            Assert.That(result.Rounds.Select(round => (round.Model, round.Outcome)), Is.EqualTo(((string, SearchOutcome)[])[("b", SearchOutcome.Accepted), ("c", SearchOutcome.Accepted), ("bad", SearchOutcome.Rejected)]));
            Assert.That(result.Best.Shares.Select(share => share.Model), Is.EqualTo((string[])["a", "b", "c"]));
            Assert.That(result.Best.Shares.Select(share => share.Weight), Is.All.EqualTo(1.0 / 3).Within(1e-15));
            Assert.That(result.Best.Result!.Merit, Is.Zero.Within(1e-12));
            Assert.That(evaluator.Seen, Has.Count.EqualTo(7));
            Assert.That((result.Evaluated, result.Reused), Is.EqualTo((7, 0)));
        }
    }

    [Test]
    public async Task Coefficient_KeepsTheBestOfTheGrid_NotTheLast()
    {
        using SearchZoo models = new(("a", [0]), ("b", [1]));
        TargetEvaluator evaluator = new(0.7f) { HasOutcomes = false };
        using MergeSearch search = new(models.Zoo, evaluator);

        SearchResult result = await search.RunAsync(new CoefficientHeuristic());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Start, Is.EqualTo("b"));
            Assert.That(result.Rounds[0].Trials.Select(trial => trial.Coefficient), Is.EqualTo((double[])[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]));
            Assert.That(result.Rounds[0].Best!.Coefficient, Is.EqualTo(0.7));
            Assert.That(result.Best.Shares, Is.EqualTo((ModelShare[])[new ModelShare("a", 0.3), new ModelShare("b", 0.7)]));
            Assert.That(result.Best.Recipe.ToYaml(), Does.Contain("0.3").And.Contain("0.7"));
        }
    }

    [TestCaseSource(nameof(Strategies))]
    public async Task WhatIsReturned_IsWhatWasScored_WithoutTheHarmfulModel(MergeStrategy strategy)
    {
        using SearchZoo models = new(("harmful", [-9, 9, -9]), ("a", [2, 0.5f, 0]), ("b", [0.1f, 2, 0]), ("c", [0, 0.3f, 2]));
        TargetEvaluator evaluator = new(1, 1, 0.5f);
        using MergeSearch search = new(models.Zoo, evaluator);

        SearchResult result = await search.RunAsync(strategy);

        ModelMerger merger = new(models.Zoo.Resolver);
        using MergedModel merged = Merge(merger, result.Best.Recipe, out string hash);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(hash, Is.EqualTo(result.Best.Hash));
            Assert.That(evaluator.Seen, Has.Some.EqualTo(TensorBytes.Singles(merged, SearchZoo.Tensor)));
            Assert.That(result.Rounds.Single(round => round.Outcome is not SearchOutcome.Accepted).Model, Is.EqualTo("harmful"));
            Assert.That(result.Rounds.Select(round => round.Model), Is.Unique.And.No.Member(result.Start));
            Assert.That(result.Best.Result!.Merit, Is.GreaterThan(result.Singles.Max(single => single.Result!.Merit)));
            Assert.That(result.Best.Shares.Sum(share => share.Weight), Is.EqualTo(1).Within(1e-12));
        }
    }

    [Test]
    public async Task ATie_IsTaken_WithTheLargestCoefficient_UnlessAGainIsAskedFor()
    {
        using SearchZoo models = new(("a", [1]), ("b", [1]));
        using MergeSearch ties = new(models.Zoo, new TargetEvaluator(0) { HasOutcomes = false });
        using MergeSearch gains = new(models.Zoo, new TargetEvaluator(0) { HasOutcomes = false }, new SearchOptions { MinimumGain = 1e-6 });

        SearchRound tie = (await ties.RunAsync(new CoefficientHeuristic())).Rounds[0];
        SearchResult none = await gains.RunAsync(new CoefficientHeuristic());

        using (Assert.EnterMultipleScope())
        {
            Assert.That((tie.Outcome, tie.Best!.Coefficient), Is.EqualTo((SearchOutcome.Accepted, 0.9)));
            Assert.That(none.Rounds[0].Outcome, Is.EqualTo(SearchOutcome.Rejected));
            Assert.That(none.Best.Shares, Is.EqualTo((ModelShare[])[new ModelShare("a", 1)]));
            Assert.That(none.Best.Recipe.Method, Is.EqualTo("passthrough"));
        }
    }

    [TestCase(null, SearchOutcome.Accepted)]
    [TestCase(0.9, SearchOutcome.Rejected)]
    public async Task AGainOnOneExample_IsNoise_WhereConfidenceIsAskedFor(double? confidence, SearchOutcome outcome)
    {
        using SearchZoo models = new(("a", [0, 0, 0, 0]), ("b", [2, 0, 0, 0]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(1, 1, 1, 1), new SearchOptions { Confidence = confidence });

        SearchRound round = (await search.RunAsync(new AverageHeuristic())).Rounds[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(round.Outcome, Is.EqualTo(outcome));
            Assert.That(round.Gain, Is.EqualTo(0.25));
            Assert.That(round.PairedGain!.Value.StandardError, Is.EqualTo(0.25));
        }
    }

    [Test]
    public async Task AGainOnAllExamples_IsTaken_WithConfidence()
    {
        using SearchZoo models = new(("a", [0, 0, 0, 0]), ("b", [2, 2, 2, 2]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(1, 1, 1, 1), new SearchOptions { Confidence = 0.99, MinimumGain = 0.5 });

        Assert.That((await search.RunAsync(new AverageHeuristic())).Rounds[0].Outcome, Is.EqualTo(SearchOutcome.Accepted));
    }

    [TestCase(null, SearchOutcome.Accepted)]
    [TestCase(0.9, SearchOutcome.Rejected)]
    public async Task ATie_IsNoGain_WhereConfidenceIsAskedFor(double? confidence, SearchOutcome outcome)
    {
        using SearchZoo models = new(("a", [1, 0]), ("b", [1, 0]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(0, 0), new SearchOptions { Confidence = confidence });

        SearchRound round = (await search.RunAsync(new AverageHeuristic())).Rounds[0];

        Assert.That((round.Outcome, round.Gain, round.PairedGain!.Value.StandardError), Is.EqualTo((outcome, 0.0, 0.0)));
    }

    [Test]
    public void ResultsOfEqualTasks_ArePaired_ThoughTheirListsAreOthers()
    {
        EvaluationResult first = Result(1);
        EvaluationResult second = Result(0);

        Assert.That(SearchContext.TryPair(first, second)?.Difference, Is.EqualTo(1));

        static EvaluationResult Result(double value) => new("m", [TaskScore.OfMean(new TaskInfo("t", "m") { Examples = ["x", "y"] }, [new ExampleOutcome("x", value), new ExampleOutcome("y", value)])]);
    }

    [Test]
    public void Confidence_NeedsOutcomes()
    {
        using SearchZoo models = new(("a", [0]), ("b", [2]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(1) { HasOutcomes = false }, new SearchOptions { Confidence = 0.9 });

        Assert.That(() => search.RunAsync(new AverageHeuristic()), Throws.InstanceOf<SearchException>().With.Property(nameof(SearchException.Error)).EqualTo(SearchError.NoPairs));
    }

    [Test]
    public async Task ARecipeThatFails_IsTriedOnce()
    {
        using SearchZoo models = new(("a", [1]), ("b", [5]), ("c", [0]));
        int failed = 0;
        TargetEvaluator evaluator = new(0.7f)
        {
            Failure = (vector, _) =>
            {
                failed += vector[0] is 5 ? 1 : 0;
                return vector[0] is 5 ? new EvaluationException(EvaluationError.TimedOut, "It took too long.") : null;
            },
        };
        using MergeSearch search = new(models.Zoo, evaluator);

        SearchResult first = await search.RunAsync(new CoefficientHeuristic());
        SearchResult second = await search.RunAsync(new CoefficientHeuristic());

        Assert.That((failed, first.Rounds[0].Outcome, second.Rounds[0].Outcome), Is.EqualTo((1, SearchOutcome.Failed, SearchOutcome.Failed)));
    }

    [Test]
    public async Task AFailedEvaluation_IsNoScore()
    {
        // b fails by itself; a merge fails where the coefficient would have been best.
        using SearchZoo models = new(("a", [1]), ("b", [5]), ("c", [0]));
        TargetEvaluator evaluator = new(0.7f)
        {
            HasOutcomes = false,
            Failure = (vector, _) => vector[0] is 5 or > 0.65f and < 0.75f ? new EvaluationException(EvaluationError.TimedOut, "It took too long.") : null,
        };
        using MergeSearch search = new(models.Zoo, evaluator);

        SearchResult result = await search.RunAsync(new CoefficientHeuristic());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Rounds.Select(round => (round.Model, round.Outcome)), Is.EqualTo(((string, SearchOutcome)[])[("b", SearchOutcome.Failed), ("c", SearchOutcome.Accepted)]));
            Assert.That(result.Singles[1], Has.Property(nameof(ScoredRecipe.Result)).Null.And.Property(nameof(ScoredRecipe.Failure)).InstanceOf<EvaluationException>());
            Assert.That(result.Rounds[1].Trials.Count(trial => trial.Merge.Failure is not null), Is.EqualTo(1));
            Assert.That(result.Best.Result!.Merit, Is.EqualTo(-0.01).Within(1e-6));
        }
    }

    [Test]
    public void Failures_StopTheSearch_WhereAsked_OrWhereNothingIsLeft()
    {
        using SearchZoo models = new(("a", [1]), ("b", [5]));
        TargetEvaluator evaluator = new(0) { Failure = (_, _) => new EvaluationException(EvaluationError.Failed, "It is broken.") };
        using MergeSearch stopping = new(models.Zoo, evaluator, new SearchOptions { Failures = FailurePolicy.Stop });
        using MergeSearch going = new(models.Zoo, evaluator);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => stopping.RunAsync(new AverageHeuristic()), Throws.InstanceOf<EvaluationException>());
            Assert.That(
                () => going.RunAsync(new AverageHeuristic()),
                Throws.InstanceOf<SearchException>().With.Property(nameof(SearchException.Error)).EqualTo(SearchError.NothingEvaluated).And.Message.Contains("It is broken."));
        }
    }

    [Test]
    public async Task Similarity_DecidesTheOrder()
    {
        using SearchZoo models = new(("far", [0, 1]), ("near", [1, 0.2f]), ("best", [1, 0]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(1, 0.05f));

        SearchResult most = await search.RunAsync(new SimilarityHeuristic(SimilarityOrder.MostAlikeFirst));
        SearchResult least = await search.RunAsync(new SimilarityHeuristic(SimilarityOrder.LeastAlikeFirst));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(most.Start, Is.EqualTo("best"));
            Assert.That(most.Rounds.Select(round => round.Model), Is.EqualTo((string[])["near", "far"]));
            Assert.That(most.Rounds[0].Similarity, Is.EqualTo(1 / Math.Sqrt(1.04)).Within(1e-7));
            Assert.That(least.Rounds.Select(round => round.Model), Is.EqualTo((string[])["far", "near"]));
            Assert.That(least.Rounds[0].Similarity, Is.Zero);

            // The models by themselves, and those next to the best that the first search tried.
            Assert.That((most.Reused, least.Reused), Is.EqualTo((0, 12)));
        }
    }

    [Test]
    public async Task AnyMethod_TakesTheWeights()
    {
        // Task arithmetic with λ = 2 on a base of 1: 1 + 2·(½·1 + ½·3) = 5.
        using SearchZoo models = new(("base", [1]), ("a", [2]), ("b", [4]));
        SearchOptions options = new() { Method = "task_arithmetic", Base = "base", Parameters = ParameterSet.Empty.With("lambda", 2) };
        using MergeSearch search = new(models.Zoo.Select("a", "b"), new TargetEvaluator(5) { HasOutcomes = false }, options);

        SearchResult result = await search.RunAsync(new AverageHeuristic());

        Assert.That((result.Rounds[0].Outcome, result.Best.Result!.Merit), Is.EqualTo((SearchOutcome.Accepted, 0.0)));
    }

    [Test]
    public async Task Workers_ChangeNothing()
    {
        using SearchZoo models = new(("a", [2, 0.5f, 0]), ("b", [0.1f, 2, 0]), ("c", [0, 0.3f, 2]));
        using MergeSearch one = new(models.Zoo, new TargetEvaluator(1, 1, 0.5f));
        using MergeSearch four = new(models.Zoo, new TargetEvaluator(1, 1, 0.5f), new SearchOptions { Workers = 4 });

        SearchResult first = await one.RunAsync(new CoefficientHeuristic());
        SearchResult second = await four.RunAsync(new CoefficientHeuristic());

        Assert.That((second.Best.Recipe.ToYaml(), second.Best.Result!.Merit, second.Evaluated), Is.EqualTo((first.Best.Recipe.ToYaml(), first.Best.Result!.Merit, first.Evaluated)));
    }

    [Test]
    public void ModelsThatCannotBeMerged_AreAnError()
    {
        using SearchZoo models = new(("a", [1]), ("b", [5, 5]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(1, 1));

        Assert.That(() => search.RunAsync(new AverageHeuristic()), Throws.InstanceOf<MergePlanException>());
    }

    [Test]
    public async Task WeightsThatAreNotFinite_AreAFailure()
    {
        using SearchZoo models = new(("nan", [float.NaN]), ("a", [1]), ("b", [0]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(0.6f) { HasOutcomes = false });

        SearchResult result = await search.RunAsync(new CoefficientHeuristic());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Rounds[0], Has.Property(nameof(SearchRound.Model)).EqualTo("nan").And.Property(nameof(SearchRound.Outcome)).EqualTo(SearchOutcome.Failed));
            Assert.That(result.Best.Shares.Select(share => share.Model), Is.EqualTo((string[])["a", "b"]));
        }
    }

    [Test]
    public async Task OneModel_IsItsOwnResult()
    {
        using SearchZoo models = new(("a", [1]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(0));

        SearchResult result = await search.RunAsync(new SimilarityHeuristic(SimilarityOrder.MostAlikeFirst));

        Assert.That((result.Start, result.Rounds.Count, result.Best.Result!.Merit), Is.EqualTo(("a", 0, -1.0)));
    }

    [Test]
    public async Task Progress_TellsEveryModel()
    {
        using SearchZoo models = new(("a", [1]), ("b", [0]), ("c", [2]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(1));
        List<SearchProgress> reports = [];

        await search.RunAsync(new AverageHeuristic(), new Listener(reports));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(reports.Select(report => report.Model), Is.EqualTo((string[])["a", "b", "c", "a"]));
            Assert.That(reports.Select(report => report.RoundsDone), Is.EqualTo((int[])[0, 3, 4, 5]));
            Assert.That(reports.Select(report => report.RoundCount), Is.All.EqualTo(5));
            Assert.That(reports[^1].Evaluated, Is.EqualTo(5));
        }
    }

    [Test]
    public async Task AStrategyOfAUsersOwn_HasWhatItNeeds()
    {
        using SearchZoo models = new(("a", [1]), ("b", [0]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(0.25f) { HasOutcomes = false });

        SearchResult result = await search.RunAsync(new Halving());

        Assert.That((result.Best.Shares[0].Weight, result.Best.Result!.Merit, result.Evaluated), Is.EqualTo((0.25, 0.0, 3)));
    }

    private static MergedModel Merge(ModelMerger merger, MergeRecipe recipe, out string hash)
    {
        using MergePlan plan = merger.Plan(recipe);
        hash = plan.Hash;
        return merger.MergeInMemory(plan);
    }

    private sealed class Listener(List<SearchProgress> reports) : IProgress<SearchProgress>
    {
        public void Report(SearchProgress value) => reports.Add(value);
    }

    // Tries halves, quarters and eighths of the first model.
    private sealed class Halving : MergeStrategy
    {
        public override string Name => "halving";

        public override async Task<SearchResult> RunAsync(SearchContext context, CancellationToken cancellationToken = default)
        {
            IReadOnlyList<ScoredRecipe> scored = await context.ScoreAsync(
                [.. Enumerable.Range(1, 3).Select(power => Math.Pow(0.5, power)).Select(weight => (ModelShare[])[new ModelShare(context.Models[0], weight), new ModelShare(context.Models[1], 1 - weight)])], cancellationToken);
            return new SearchResult
            {
                Strategy = Name,
                Start = context.Models[0],
                Singles = [],
                Rounds = [],
                Best = scored.MaxBy(merge => merge.Result!.Merit)!,
                Trace = context.Trace,
                Evaluated = context.Evaluated,
                Reused = context.Reused,
            };
        }
    }
}
