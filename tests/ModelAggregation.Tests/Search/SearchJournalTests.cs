using ModelAggregation.Evaluation;
using ModelAggregation.Search;
using ModelAggregation.Zoo;
using ModelSdk.Testing;
using ModelTensors.Checkpoints;
using RunKit;

namespace ModelAggregation.Tests.Search;

public sealed class SearchJournalTests
{
    [Test]
    public async Task ASearch_StoppedAnywhere_GoesOn_AndRepeatsOnlyWhatWasInFlight()
    {
        using SearchZoo models = Models();
        SearchResult whole = await RunAsync(models, new TargetEvaluator(1, 1, 0.5f), journal: null);
        for (int stop = 0; stop < whole.Evaluated; stop++)
        {
            int at = stop;
            string journal = models[$"{stop}.journal"];
            TargetEvaluator stopped = new(1, 1, 0.5f) { Failure = (_, seen) => seen == at ? new OperationCanceledException() : null };
            Assert.That(() => RunAsync(models, stopped, journal), Throws.InstanceOf<OperationCanceledException>());

            // A kill may leave a line that is not whole.
            await File.AppendAllTextAsync(journal, "{\"torn");
            TargetEvaluator resumed = new(1, 1, 0.5f);
            SearchResult result = await RunAsync(models, resumed, journal);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(stopped.Seen.Count + resumed.Seen.Count, Is.EqualTo(whole.Evaluated));
                Assert.That((result.Evaluated, result.Reused), Is.EqualTo((resumed.Seen.Count, stop)));
                Assert.That(Describe(result), Is.EqualTo(Describe(whole)));
            }
        }
    }

    [Test]
    public async Task AnotherStrategy_UsesTheSameScores()
    {
        using SearchZoo models = Models();
        string journal = models["search.journal"];
        await RunAsync(models, new TargetEvaluator(1, 1, 0.5f), journal);
        TargetEvaluator evaluator = new(1, 1, 0.5f);
        using MergeSearch search = new(models.Zoo, evaluator, new SearchOptions { JournalPath = journal });

        SearchResult result = await search.RunAsync(new AverageHeuristic());

        // Models by themselves, and the first pair, whose average is one of the coefficients.
        Assert.That(result.Reused, Is.EqualTo(4));
    }

    [Test]
    public async Task AChangedModel_IsScoredAnew()
    {
        using SearchZoo models = Models();
        string journal = models["search.journal"];
        await RunAsync(models, new TargetEvaluator(1, 1, 0.5f), journal);
        File.SetLastWriteTimeUtc(models["zoo/a/model.safetensors"], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        SearchResult result = await RunAsync(models, new TargetEvaluator(1, 1, 0.5f), journal);

        Assert.That(result.Reused, Is.EqualTo(2));
    }

    [Test]
    public async Task AFailure_IsNotRecorded()
    {
        using SearchZoo models = Models();
        string journal = models["search.journal"];
        TargetEvaluator failing = new(1, 1, 0.5f) { Failure = (vector, _) => vector[0] == 2 ? new EvaluationException(EvaluationError.Failed, "Once.") : null };
        SearchResult failed = await RunAsync(models, failing, journal);
        SearchResult result = await RunAsync(models, new TargetEvaluator(1, 1, 0.5f), journal);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed.Singles[0].Failure, Is.Not.Null);
            Assert.That(result.Singles.Select(single => single.Failure), Is.All.Null);
        }
    }

    [Test]
    public async Task AnotherEvaluator_NeedsAnotherJournal()
    {
        using SearchZoo models = Models();
        string journal = models["search.journal"];
        await RunAsync(models, new TargetEvaluator(1, 1, 0.5f), journal);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => RunAsync(models, new TargetEvaluator(1, 1, 0.5f) { Id = "other" }, journal),
                Throws.InstanceOf<JournalException>().With.Property(nameof(JournalException.Error)).EqualTo(JournalError.OtherRun));
            Assert.That(
                () => RunAsync(models, new TargetEvaluator(1, 1, 0.5f) { Tasks = [new TaskInfo("near", "shares") { Range = ScoreRange.Unit }] }, journal),
                Throws.InstanceOf<SearchException>().With.Property(nameof(SearchException.Error)).EqualTo(SearchError.JournalInvalid));
        }
    }

    [Test]
    public async Task AnotherTokenizer_IsAnotherScore()
    {
        using SearchZoo models = Models();
        string journal = models["search.journal"];
        SearchResult whole = await RunAsync(models, new TargetEvaluator(1, 1, 0.5f), journal);
        foreach (ZooModel model in models.Zoo.Models)
        {
            await File.WriteAllTextAsync(Path.Combine(models["zoo"], model.Name, "tokenizer_config.json"), "{}");
        }

        SearchResult other = await RunAsync(models, new TargetEvaluator(1, 1, 0.5f), journal);
        SearchResult again = await RunAsync(models, new TargetEvaluator(1, 1, 0.5f), journal);

        Assert.That((other.Evaluated, other.Reused, again.Evaluated), Is.EqualTo((whole.Evaluated, whole.Reused, 0)));
    }

    [Test]
    public void ModelsInMemory_CannotBeRecorded()
    {
        using TestFolder folder = new();
        using TestModel model = new TestModel().Add(SearchZoo.Tensor, 1);
        ModelZoo zoo = ModelZoo.Open(["a"], new MemoryModelResolver([KeyValuePair.Create("a", (TensorSet)model.ToSet())]));
        using MergeSearch search = new(zoo, new TargetEvaluator(1), new SearchOptions { JournalPath = folder["search.journal"] });

        Assert.That(() => search.RunAsync(new AverageHeuristic()), Throws.InstanceOf<SearchException>().With.Property(nameof(SearchException.Error)).EqualTo(SearchError.ModelsInMemory));
    }

    [Test]
    public void SharedExamples_AreRefused()
    {
        TaskInfo[] silent = [new TaskInfo("near", "m")];
        TargetEvaluator proxy = new(1, 2);
        TargetEvaluator other = new(1, 2) { Id = "other", Tasks = [new TaskInfo("near", "m") { Examples = ["element 7"] }] };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => HoldOut.EnsureDisjoint(proxy, other), Throws.Nothing);
            Assert.That(() => HoldOut.EnsureDisjoint(proxy, proxy), Throws.InstanceOf<SearchException>().With.Message.Contains("'element 0'"));
            Assert.That(
                () => HoldOut.EnsureDisjoint(new TargetEvaluator { Tasks = silent }, new TargetEvaluator { Tasks = silent }),
                Throws.InstanceOf<SearchException>().With.Message.Contains("'target'").And.Property(nameof(SearchException.Error)).EqualTo(SearchError.SharedExamples));
            Assert.That(
                () => HoldOut.EnsureDisjoint(new TargetEvaluator { Tasks = [.. silent, new TaskInfo("far", "m")] }, new TargetEvaluator { Id = "other", Tasks = silent }),
                Throws.InstanceOf<SearchException>().With.Message.Contains("'near' selects and reports"));
            Assert.That(() => HoldOut.EnsureDisjoint(new TargetEvaluator { Tasks = silent }, new TargetEvaluator { Id = "other", Tasks = [new TaskInfo("far", "m")] }), Throws.Nothing);
        }
    }

    [Test]
    public void Options_AreChecked()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new SearchOptions { Coefficients = [] }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SearchOptions { Coefficients = [0.5, 1] }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SearchOptions { Coefficients = [double.NaN] }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SearchOptions { Coefficients = [0.5, 0.5] }, Throws.ArgumentException);
            Assert.That(() => new SearchOptions { MinimumGain = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SearchOptions { Confidence = 1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SearchOptions { Workers = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(new SearchOptions { Coefficients = [0.5] }.Coefficients, Is.EqualTo((double[])[0.5]));
        }
    }

    private static SearchZoo Models() => new(("a", [2, 0.5f, 0]), ("b", [0.1f, 2, 0]), ("c", [0, 0.3f, 2]));

    private static async Task<SearchResult> RunAsync(SearchZoo models, TargetEvaluator evaluator, string? journal)
    {
        using MergeSearch search = new(models.Zoo, evaluator, new SearchOptions { JournalPath = journal });
        return await search.RunAsync(new CoefficientHeuristic());
    }

    private static string Describe(SearchResult result) =>
        $"{result.Best.Recipe.ToYaml()} {result.Best.Hash} {result.Best.Result!.Merit:R} {string.Join(' ', result.Rounds.Select(round => $"{round.Model} {round.Outcome} {round.Gain:R} {round.PairedGain}"))}";
}
