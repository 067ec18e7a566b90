using ModelAggregation.Evaluation;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;
using ModelAggregation.Search.Optimizers;
using ModelSdk.Testing;

namespace ModelAggregation.Tests.Search;

public sealed class ParameterSearchTests
{
    private static readonly Optimizer[] Optimizers = [new CmaEsOptimizer(), new RandomOptimizer(), new GridOptimizer(4), new NelderMeadOptimizer()];

    [TestCaseSource(nameof(Optimizers))]
    public async Task WhatIsReturned_IsWhatWasScored_WithoutTheHarmfulModel(Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        using SearchZoo models = new(("harmful", [-9, 9, -9]), ("a", [2, 0.5f, 0]), ("b", [0.1f, 2, 0]), ("c", [0, 0.3f, 2]));

        // Three examples tell no gain from noise: without outcomes, any gain is one.
        TargetEvaluator evaluator = new(1, 1, 0.5f) { HasOutcomes = false };
        using MergeSearch search = new(models.Zoo, evaluator);

        SearchResult result = await search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Optimizer = optimizer, Evaluations = 120 }));

        ModelMerger merger = new(models.Zoo.Resolver);
        using MergePlan plan = merger.Plan(result.Best.Recipe);
        using MergedModel merged = merger.MergeInMemory(plan);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Strategy, Is.EqualTo(optimizer.Name));
            Assert.That(plan.Hash, Is.EqualTo(result.Best.Hash));
            Assert.That(evaluator.Seen, Has.Some.EqualTo(TensorBytes.Singles(merged, SearchZoo.Tensor)));
            Assert.That(result.Dropped, Does.Contain("harmful"));
            Assert.That(result.Best.Shares.Sum(share => share.Weight), Is.EqualTo(1).Within(1e-12));
            Assert.That(result.Best.Result!.Merit, Is.GreaterThan(result.Singles.Max(single => single.Result!.Merit)));
            Assert.That(result.Trace.Take(4).Select(step => step.Merge), Is.EqualTo(result.Singles));
            Assert.That(result.Trace.Select(step => step.BestMerit), Is.Ordered.Ascending);
            Assert.That(result.Generations.Sum(generation => generation.Count), Is.InRange(32, 120));
            Assert.That(result.Rounds, Is.Empty);
        }
    }

    [Test]
    public async Task CmaEs_FindsTheBestWeights([Values] WeightParametrization parametrization)
    {
        // In task arithmetic on a base of zeros the weights are the merge: of 0.6 and 0.4, which all three ways can say.
        using SearchZoo models = new(("base", [0, 0]), ("a", [1, 0]), ("b", [0, 1]));
        using MergeSearch search = new(models.Zoo.Select("a", "b"), new TargetEvaluator(0.6f, 0.4f) { HasOutcomes = false }, new SearchOptions { Method = "task_arithmetic", Base = "base" });
        ParameterSearchOptions options = new()
        {
            Parametrization = parametrization,
            Weights = parametrization is WeightParametrization.Softmax ? new SearchRange(-4, 4) : new SearchRange(0, 1),
        };

        SearchResult result = await search.RunAsync(new ParameterSearch(options));

        Assert.That(result.Best.Shares.Select(share => share.Weight), Is.EqualTo((double[])[0.6, 0.4]).Within(0.01));
    }

    [Test]
    public async Task Pruning_DoesNotGiveUpAGainOverTheBestSingle()
    {
        // What is lost by taking one of the two out is less than the noise of two examples, but it is the whole gain.
        using SearchZoo models = new(("a", [1, 0]), ("b", [0, 1]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(1, 1), new SearchOptions { MinimumGain = 0.2 });

        SearchResult result = await search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Evaluations = 40 }));

        Assert.That(result.Best.Shares, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task ParametersAndDensities_AreSearchedBeside()
    {
        // TIES keeps the larger half of (8, 1): with λ = ½ and density ½ that is (4, 0), which no weight alone gives.
        using SearchZoo models = new(("base", [0, 0]), ("a", [8, 1]), ("b", [8, 1]));
        SearchOptions merge = new() { Method = "ties", Base = "base" };
        using MergeSearch search = new(models.Zoo.Select("a", "b"), new TargetEvaluator(4, 0), merge);
        ParameterSearchOptions options = new() { Densities = new SearchRange(0.4, 1), Parameters = new Dictionary<string, SearchRange>(StringComparer.Ordinal) { ["lambda"] = new(0.1, 2) }, Evaluations = 120 };

        SearchResult result = await search.RunAsync(new ParameterSearch(options));

        MergeModel model = result.Best.Recipe.Models[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Best.Result!.Merit, Is.EqualTo(0).Within(0.01));
            Assert.That(result.Best.Recipe.Parameters.TryGet("lambda", out ParameterValue? lambda));
            Assert.That(lambda!.Evaluate("t", 0)!.Value.ToNumber(), Is.EqualTo(0.5).Within(0.02));
            Assert.That(model.Parameters.TryGet("density", out ParameterValue? density));
            Assert.That(density!.Evaluate("t", 0)!.Value.ToNumber(), Is.LessThan(1));

            // Two models that are equal: one of them is enough, and is kept as a task vector.
            Assert.That(result.Best.Recipe.Models, Has.Count.EqualTo(1));
        }
    }

    [TestCase(2, "0 0 0 1 1")]
    [TestCase(3, "0 0 1 1 2")]
    [TestCase(5, "0 1 2 3 4")]
    public async Task LayerGroups_NeedNotDivideTheDepth(int groups, string expected)
    {
        // Five layers, embedding and norm; what a tensor's weights are is read from the merge of 0 and 1.
        string[] names = [LayeredEvaluator.Embedding, .. Enumerable.Range(0, 5).Select(LayeredEvaluator.Layer), LayeredEvaluator.Norm];
        using SearchZoo models = new(names, ("zero", 0), ("one", 1));
        LayeredEvaluator evaluator = new(names);
        using MergeSearch search = new(models.Zoo, evaluator);

        SearchResult result = await search.RunAsync(new ParameterSearch(new ParameterSearchOptions { LayerGroups = groups, Evaluations = 30 }));

        using (Assert.EnterMultipleScope())
        {
            foreach (float[] values in evaluator.Seen.Skip(2))
            {
                float[] distinct = [.. values.Distinct()];
                Assert.That(distinct, Has.Length.EqualTo(groups + 1));
                Assert.That(string.Join(' ', values[1..6].Select(value => Array.IndexOf((float[])[.. values[1..6].Distinct()], value))), Is.EqualTo(expected));
                Assert.That(values[^1], Is.EqualTo(values[0]));
                Assert.That(values[1..6], Has.None.EqualTo(values[0]));
            }

            Assert.That(evaluator.Seen, Has.Count.GreaterThan(20));
            Assert.That(result.Best.Shares.Sum(share => share.Weight), Is.EqualTo(1).Within(1e-12));
            Assert.That(MergeRecipe.Parse(result.Best.Recipe.ToYaml()), Is.EqualTo(result.Best.Recipe));
        }
    }

    [Test]
    public void MoreGroupsThanLayers_AreRefused()
    {
        using SearchZoo models = new(("a", [1]), ("b", [0]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(0.5f));

        Assert.That(
            () => search.RunAsync(new ParameterSearch(new ParameterSearchOptions { LayerGroups = 2 })),
            Throws.InstanceOf<SearchException>().With.Property(nameof(SearchException.Error)).EqualTo(SearchError.TooFewLayers).And.Message.Contains("1 layers"));
    }

    [Test]
    public async Task WeightsOfZero_AreAFailure_AndNoScore()
    {
        using SearchZoo models = new(("a", [1]), ("b", [0]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(0.5f));

        SearchResult result = await search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Optimizer = new GridOptimizer(3) }));

        SearchStep[] failed = [.. result.Trace.Where(step => step.Merge.Failure is not null)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed, Has.Length.EqualTo(1));
            Assert.That(failed[0].Merge.Failure, Is.InstanceOf<MergePlanException>());
            Assert.That(failed[0].Merge.Result, Is.Null);
            Assert.That(result.Generations[0].FailureCount, Is.EqualTo(1));
            Assert.That(result.Best.Result!.Merit, Is.Zero);

            // (½, ½) and (1, 1) are one merge, and so are the corners with one model and that model.
            Assert.That(result.Evaluated, Is.EqualTo(5));
        }
    }

    [Test]
    public void WeightsOfZero_StopTheSearch_WhereAsked()
    {
        using SearchZoo models = new(("a", [1]), ("b", [0]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(0.5f), new SearchOptions { Failures = FailurePolicy.Stop });

        Assert.That(() => search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Optimizer = new GridOptimizer(3) })), Throws.InstanceOf<MergePlanException>());
    }

    [Test]
    public void ABoundThatTheMethodRefuses_IsToldBeforeTheOptimiserBegins()
    {
        using SearchZoo models = new(("base", [0, 0]), ("a", [1, 0]), ("b", [0, 1]));
        TargetEvaluator evaluator = new(0, 0);
        using MergeSearch search = new(models.Zoo.Select("a", "b"), evaluator, new SearchOptions { Method = "ties", Base = "base" });

        Assert.That(() => search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Densities = new SearchRange(-1, 1) })), Throws.InstanceOf<MergePlanException>().With.Message.Contains("density"));
        Assert.That(evaluator.Seen, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task AFailedEvaluation_IsNoScore()
    {
        // Where the merges would be best, they fail; b has no score of its own and takes no part.
        using SearchZoo models = new(("a", [1]), ("b", [5]), ("c", [0]));
        TargetEvaluator evaluator = new(0.7f) { Failure = (vector, _) => vector[0] is 5 or > 0.65f and < 0.75f ? new EvaluationException(EvaluationError.TimedOut, "It took too long.") : null };
        using MergeSearch search = new(models.Zoo, evaluator);

        SearchResult result = await search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Evaluations = 60 }));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Trace.Count(step => step.Merge.Failure is not null), Is.GreaterThan(1));
            Assert.That(result.Trace.All(step => step.Merge.Failure is null != step.Merge.Result is null));
            Assert.That(result.Best.Result!.Merit, Is.EqualTo(-0.0025).Within(0.001));
            Assert.That(result.Dropped, Is.EqualTo((string[])["b"]));
            Assert.That(result.Generations.Sum(generation => generation.FailureCount), Is.GreaterThan(0));
            Assert.That(result.Generations.All(generation => generation.BestMerit <= -0.0025 + 1e-6));
        }
    }

    [Test]
    public async Task TheBestSingle_IsTheResult_WhereNoMergeIsAGain()
    {
        using SearchZoo models = new(("a", [1]), ("b", [9]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(1));

        SearchResult result = await search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Evaluations = 30 }));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Best.Recipe.Method, Is.EqualTo("passthrough"));
            Assert.That(result.Best.Shares, Is.EqualTo((ModelShare[])[new ModelShare("a", 1)]));
            Assert.That(result.Dropped, Is.EqualTo((string[])["b"]));
        }
    }

    [Test]
    public async Task AGainWithinTheNoise_IsNotTaken_WhereConfidenceIsAskedFor()
    {
        using SearchZoo models = new(("a", [0, 0, 0, 0]), ("b", [2, 0, 0, 0]));
        using MergeSearch hopeful = new(models.Zoo, new TargetEvaluator(1, 1, 1, 1));
        using MergeSearch careful = new(models.Zoo, new TargetEvaluator(1, 1, 1, 1), new SearchOptions { Confidence = 0.9 });
        ParameterSearch strategy = new(new ParameterSearchOptions { Evaluations = 20, PruningConfidence = null });

        SearchResult taken = await hopeful.RunAsync(strategy);
        SearchResult refused = await careful.RunAsync(strategy);

        Assert.That((taken.Best.Shares.Count, refused.Best.Shares.Count), Is.EqualTo((2, 1)));
    }

    [TestCase(null, 2)]
    [TestCase(0.99, 1)]
    public async Task AModelThatHelpsOneExample_IsPruned_UnlessAnyGainWillDo(double? confidence, int models)
    {
        using SearchZoo zoo = new(("a", [1, 1, 1, 1, 0]), ("b", [1, 1, 1, 1, 2]));
        using MergeSearch search = new(zoo.Zoo, new TargetEvaluator(1, 1, 1, 1, 1));

        SearchResult result = await search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Evaluations = 20, PruningConfidence = confidence }));

        Assert.That(result.Best.Shares, Has.Count.EqualTo(models));
    }

    [Test]
    public async Task AModelThatHelpsAllExamples_Stays()
    {
        using SearchZoo zoo = new(("a", [0, 0, 0, 0, 0]), ("b", [2, 2, 2, 2, 2]));
        using MergeSearch search = new(zoo.Zoo, new TargetEvaluator(1, 1, 1, 1, 1));

        SearchResult result = await search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Evaluations = 20 }));

        Assert.That(result.Best.Shares, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task AModelAlone_IsTheResult()
    {
        using SearchZoo models = new(("a", [1]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(0));

        SearchResult result = await search.RunAsync(new ParameterSearch());

        Assert.That((result.Best.Shares[0].Model, result.Evaluated, result.Ending), Is.EqualTo(("a", 1, SearchEnding.Completed)));
    }

    [Test]
    public async Task Workers_ChangeNothing()
    {
        using SearchZoo models = new(("a", [2, 0.5f, 0]), ("b", [0.1f, 2, 0]), ("c", [0, 0.3f, 2]));
        using MergeSearch one = new(models.Zoo, new TargetEvaluator(1, 1, 0.5f));
        using MergeSearch four = new(models.Zoo, new TargetEvaluator(1, 1, 0.5f), new SearchOptions { Workers = 4 });
        ParameterSearch strategy = new(new ParameterSearchOptions { Evaluations = 60 });

        SearchResult first = await one.RunAsync(strategy);
        SearchResult second = await four.RunAsync(strategy);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Trace.Select(step => step.Merge.Hash), Is.EqualTo(first.Trace.Select(step => step.Merge.Hash)));
            Assert.That((second.Best.Hash, second.Evaluated, second.Reused), Is.EqualTo((first.Best.Hash, first.Evaluated, first.Reused)));
            Assert.That(second.Generations, Is.EqualTo(first.Generations));
        }
    }

    [Test]
    public async Task ASearchThatWasKilled_RepeatsOnlyWhatWasUnderWay()
    {
        using SearchZoo models = new(("harmful", [-9, 9, -9]), ("a", [2, 0.5f, 0]), ("b", [0.1f, 2, 0]), ("c", [0, 0.3f, 2]));
        TargetEvaluator undisturbed = new(1, 1, 0.5f);
        SearchResult whole = await RunAsync(models, undisturbed, journal: null);
        for (int survived = 0; survived < whole.Evaluated; survived += 17)
        {
            string journal = models[$"search-{survived}.journal"];
            int most = survived;
            Assert.That(
                () => RunAsync(models, new TargetEvaluator(1, 1, 0.5f) { Failure = (_, seen) => seen == most ? new OperationCanceledException("It was killed.") : null }, journal),
                Throws.InstanceOf<OperationCanceledException>());
            TargetEvaluator rest = new(1, 1, 0.5f);

            SearchResult resumed = await RunAsync(models, rest, journal);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(rest.Seen, Has.Count.EqualTo(whole.Evaluated - survived));
                Assert.That(rest.Seen, Is.EqualTo(undisturbed.Seen.Skip(survived)));
                Assert.That(resumed.Best.Hash, Is.EqualTo(whole.Best.Hash));
                Assert.That(resumed.Generations, Is.EqualTo(whole.Generations));
                Assert.That(resumed.Trace.Select(step => step.Merge.Hash), Is.EqualTo(whole.Trace.Select(step => step.Merge.Hash)));
            }
        }

        static async Task<SearchResult> RunAsync(SearchZoo models, TargetEvaluator evaluator, string? journal)
        {
            using MergeSearch search = new(models.Zoo, evaluator, new SearchOptions { JournalPath = journal });
            return await search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Evaluations = 40 }));
        }
    }

    [Test]
    public async Task AnOptimiserOfAUsersOwn_IsASocketLikeTheOthers()
    {
        using SearchZoo models = new(("a", [1]), ("b", [0]));
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(0.25f) { HasOutcomes = false });

        SearchResult result = await search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Optimizer = new OnePoint(0.25, 0.75) }));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((result.Strategy, result.Best.Shares[0].Weight, result.Best.Result!.Merit), Is.EqualTo(("one-point", 0.25, 0.0)));
            Assert.That(() => search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Optimizer = new OnePoint(1.5, 0) })), Throws.InvalidOperationException.With.Message.Contains("one-point"));
        }
    }

    [Test]
    public void Options_AreChecked()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new SearchRange(1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SearchRange(double.NaN, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SearchRange(0, double.PositiveInfinity), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new ParameterSearchOptions { Evaluations = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new ParameterSearchOptions { LayerGroups = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new ParameterSearchOptions { Parameters = new Dictionary<string, SearchRange>(StringComparer.Ordinal) { ["weight"] = new(0, 1) } }, Throws.ArgumentException);
            Assert.That(() => new ParameterSearchOptions { Optimizer = null! }, Throws.ArgumentNullException);
        }
    }

    private sealed class OnePoint(params double[] point) : Optimizer
    {
        public override string Name => "one-point";

        public override OptimizerRun Start(int dimensions, ulong seed) => new Run(point);

        private sealed class Run(double[] point) : OptimizerRun
        {
            private bool _isFinished;

            public override bool IsFinished => _isFinished;

            public override IReadOnlyList<double[]> Ask() => [point];

            public override void Tell(IReadOnlyList<double?> values) => _isFinished = true;
        }
    }
}
