using ModelAggregation.Evaluation;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelAggregation.Search;
using ModelAggregation.Search.Optimizers;
using ModelAggregation.Tests.Merging;
using ModelAggregation.Zoo;
using ModelSdk.Testing;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Search;

/// <summary>What bounds a search: evaluations, time, memory; and whose vocabulary its merges have.</summary>
public sealed class SearchLimitTests
{
    [TestCase(3, 3, 0)]
    [TestCase(11, 3, 0)]
    [TestCase(12, 12, 1)]
    [TestCase(21, 21, 2)]
    public async Task AHeuristic_BeginsNoRoundThatItCannotFinish(int most, int scored, int rounds)
    {
        using SearchZoo models = Models();
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(1, 1, 0.5f), new SearchOptions { MaxEvaluations = most });

        SearchResult result = await search.RunAsync(new CoefficientHeuristic());

        using (Assert.EnterMultipleScope())
        {
            Assert.That((result.Evaluated, result.Rounds.Count), Is.EqualTo((scored, rounds)));
            Assert.That(result.Ending, Is.EqualTo(rounds == 2 ? SearchEnding.Completed : SearchEnding.EvaluationsSpent));
            Assert.That(result.Best.Result, Is.Not.Null);
        }
    }

    [TestCase(10)]
    [TestCase(13)]
    public async Task AnOptimiser_KeepsWithinTheLimit_PruningIncluded(int most)
    {
        using SearchZoo models = Models();
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(1, 1, 0.5f), new SearchOptions { MaxEvaluations = most });

        SearchResult result = await search.RunAsync(new ParameterSearch());

        Assert.That((result.Trace.Count, result.Ending), Is.EqualTo((most, SearchEnding.EvaluationsSpent)));
    }

    [Test]
    public async Task WithoutTime_NothingNewIsBegun()
    {
        using SearchZoo models = Models();
        ManualTime time = new();
        TargetEvaluator evaluator = new(1, 1, 0.5f)
        {
            Failure = (_, _) =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return null;
            },
        };
        using MergeSearch search = new(models.Zoo, evaluator, new SearchOptions { TimeLimit = TimeSpan.FromSeconds(10), Time = time });

        SearchResult greedy = await search.RunAsync(new CoefficientHeuristic());
        SearchResult optimised = await search.RunAsync(new ParameterSearch(new ParameterSearchOptions { Optimizer = new NelderMeadOptimizer() }));

        using (Assert.EnterMultipleScope())
        {
            // Three singles and the first round of nine; then four corners of a simplex and six points more.
            Assert.That((greedy.Rounds.Count, greedy.Ending), Is.EqualTo((1, SearchEnding.TimeSpent)));
            Assert.That((optimised.Evaluated, optimised.Ending), Is.EqualTo((10, SearchEnding.TimeSpent)));
        }
    }

    [Test]
    public async Task ASearch_HoldsNoMoreMergedModelsThanWorkers([Values(1, 3)] int workers, [Values] bool isGreedy)
    {
        using SearchZoo models = Models();
        HoldingEvaluator evaluator = new() { ReadsEarlierModels = workers == 1 };
        using MergeSearch search = new(models.Zoo, evaluator, new SearchOptions { Workers = workers });

        await search.RunAsync(isGreedy ? new SimilarityHeuristic(SimilarityOrder.LeastAlikeFirst) : new ParameterSearch(new ParameterSearchOptions { Evaluations = 40 }));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(evaluator.MostAtATime, Is.InRange(1, workers));
            Assert.That(evaluator.Count, Is.GreaterThan(10));
            Assert.That(evaluator.AliveCount, Is.Zero, "a model that was scored is let go before the next is merged");
        }
    }

    [Test]
    public async Task Vocabularies_AreThoseOfTheOptions_WhateverTheOrderOfTheZoo([Values(MergeTokenizer.Union, "a")] string source, [Values] bool isGreedy)
    {
        // x, y and <s> of one model are tokens 0, 1, 2; of the other 2, 0 and none, and z is its own.
        using TestFolder folder = new();
        VocabularyRig.Write(folder, "a", TestTokenizer.Of("x", "y").With("<s>", 2), rows: 3);
        VocabularyRig.Write(folder, "b", TestTokenizer.Of("y", "z", "x").With("<|im_end|>", 3), rows: 4, scale: 100);
        ModelZoo zoo = ModelZoo.Open(["a", "b"], new ModelResolver(new ModelResolverOptions { BaseFolders = [folder.Path] }));
        SearchOptions options = new() { Tokenizer = new MergeTokenizer { Source = source } };

        List<float[][]> seen = [];
        foreach (string[] order in (string[][])[["a", "b"], ["b", "a"]])
        {
            RowEvaluator evaluator = new();
            using MergeSearch search = new(zoo.Select(order), evaluator, options);
            MergeStrategy strategy = isGreedy ? new AverageHeuristic() : new ParameterSearch(new ParameterSearchOptions { Optimizer = new GridOptimizer(2) });
            SearchResult result = await search.RunAsync(strategy);
            Assert.That(result.Trace.Select(step => step.Merge.Recipe.Tokenizer), Is.All.EqualTo(options.Tokenizer));
            seen.Add([.. evaluator.Seen]);
        }

        // The multisets of sorted rows are one: a union numbers its tokens by the models' order.
        Assert.That(seen[1], Is.EquivalentTo(seen[0]));
    }

    [Test]
    public async Task ThePolicy_IsInEveryRecipe_AsFarAsAModelAloneHasOne([Values] VocabularyPolicy policy)
    {
        using SearchZoo models = Models();
        using MergeSearch search = new(models.Zoo, new TargetEvaluator(1, 1, 0.5f), new SearchOptions { Vocabulary = policy, Base = "a" });

        SearchResult result = await search.RunAsync(new AverageHeuristic());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Rounds.SelectMany(round => round.Trials).Select(trial => trial.Merge.Recipe.Vocabulary), Is.All.EqualTo(policy));
            Assert.That(result.Singles.Select(single => single.Recipe.Vocabulary), Is.All.EqualTo(policy is VocabularyPolicy.Base ? VocabularyPolicy.Method : policy));
        }
    }

    [Test]
    public void Limits_AreChecked()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new SearchOptions { MaxEvaluations = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SearchOptions { TimeLimit = TimeSpan.Zero }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SearchOptions { Time = null! }, Throws.ArgumentNullException);
            Assert.That(() => new ParameterSearchOptions { PruningConfidence = 1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static SearchZoo Models() => new(("a", [2, 0.5f, 0]), ("b", [0.1f, 2, 0]), ("c", [0, 0.3f, 2]));

    /// <summary>Counts the merged models that are there at a time.</summary>
    private sealed class HoldingEvaluator : IModelEvaluator
    {
        private readonly Lock _gate = new();
        private readonly List<TensorSet> _models = [];
        private int _running;

        public string Id => "holding";

        public IReadOnlyList<TaskInfo> Tasks { get; } = [new TaskInfo("t", "m")];

        /// <summary>Whether models of earlier calls are looked at; with several workers they may be let go at that moment.</summary>
        public bool ReadsEarlierModels { get; init; }

        public int MostAtATime { get; private set; }

        public int AliveCount { get; private set; }

        public int Count => _models.Count;

        public async ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
        {
            lock (_gate)
            {
                MostAtATime = Math.Max(MostAtATime, ++_running);
                AliveCount += ReadsEarlierModels ? _models.Count(IsAlive) : 0;
                _models.Add(candidate.Tensors!);
            }

            // Gives the other workers their turn.
            await Task.Yield();
            float merit = -Math.Abs(TensorBytes.Singles(candidate.Tensors!, SearchZoo.Tensor)[0] - 1);
            lock (_gate)
            {
                _running--;
            }

            return new EvaluationResult(candidate.Name, [new TaskScore(Tasks[0], merit)]);
        }

        private static bool IsAlive(TensorSet model)
        {
            try
            {
                return TensorBytes.Singles(model, SearchZoo.Tensor).Length > 0;
            }
            catch (ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>Scores by the mean of the embedding, and keeps its rows in the order of size.</summary>
    private sealed class RowEvaluator : IModelEvaluator
    {
        public string Id => "rows";

        public IReadOnlyList<TaskInfo> Tasks { get; } = [new TaskInfo("t", "m")];

        public List<float[]> Seen { get; } = [];

        public ValueTask<EvaluationResult> EvaluateAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
        {
            using TensorSet model = candidate.OpenTensors();
            float[] rows = [.. TensorBytes.Singles(model, VocabularyRig.Embedding).Where((_, index) => index % 2 == 0).Order()];
            Seen.Add(rows);
            return ValueTask.FromResult(new EvaluationResult(candidate.Name, [new TaskScore(Tasks[0], -Math.Abs(rows.Average() - 60))]));
        }
    }
}
