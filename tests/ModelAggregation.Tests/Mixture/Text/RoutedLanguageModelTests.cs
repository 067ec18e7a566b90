using ModelAggregation.Evaluation;
using ModelAggregation.Mixture.Text;
using ModelAggregation.Tests.Evaluation;

namespace ModelAggregation.Tests.Mixture.Text;

public sealed class RoutedLanguageModelTests
{
    [Test]
    public async Task Requests_GoToTheModelOfTheirContext_AndAnswersComeInOrder([Values] bool keepsModelsOpen)
    {
        Rig rig = new(3);
        await using RoutedLanguageModel model = rig.Create(new RoutedLanguageModelOptions { KeepsModelsOpen = keepsModelsOpen });
        LogLikelihoodRequest[] requests = [new("2 is", " a"), new("0 is", " b"), new("2 is", " c") { Ends = true }, new("0 was", " d")];
        GenerationRequest[] prompts = [new("0 go") { MaxTokens = 5 }, new("2 go") { MaxTokens = 3, Stops = ["a"] }];
        string[] texts = ["2 whole", "0 whole"];

        IReadOnlyList<LogLikelihood> likelihoods = await model.LogLikelihoodAsync(requests);
        IReadOnlyList<Generation> generations = await model.GenerateAsync(prompts);
        IReadOnlyList<LogLikelihood> rolling = await model.RollingLogLikelihoodAsync(texts);

        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < requests.Length; i++)
            {
                Assert.That(likelihoods[i], Is.EqualTo((await rig.Models[requests[i].Context[0] - '0'].LogLikelihoodAsync([requests[i]]))[0]));
            }

            for (int i = 0; i < prompts.Length; i++)
            {
                Assert.That(generations[i], Is.EqualTo((await rig.Models[prompts[i].Prompt[0] - '0'].GenerateAsync([prompts[i]]))[0]));
                Assert.That(rolling[i], Is.EqualTo((await rig.Models[texts[i][0] - '0'].RollingLogLikelihoodAsync([texts[i]]))[0]));
            }

            Assert.That(rig.Router.Asked, Is.EqualTo((string[])["2 is", "0 is", "0 was", "0 go", "2 go", "2 whole", "0 whole"]));
            Assert.That(rig.Openings, Is.EqualTo(keepsModelsOpen ? (int[])[1, 0, 1] : [3, 0, 3]));
            Assert.That(rig.Models.Select(own => own.Disposals), Is.EqualTo(keepsModelsOpen ? (int[])[0, 0, 0] : [3, 0, 3]));
        }
    }

    [Test]
    public async Task Disposal_ReleasesWhatIsOpenOnce_AndReports()
    {
        List<TextRoutingStatistics> reports = [];
        Rig rig = new(3);
        RoutedLanguageModel model = rig.Create(new RoutedLanguageModelOptions { Statistics = new Reports(reports) });
        await model.LogLikelihoodAsync([new("1 a", "x"), new("1 a", "y"), new("1 b", "x"), new("0 a", "x")]);
        await model.DisposeAsync();
        await model.DisposeAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(rig.Models.Select(own => own.Disposals), Is.EqualTo((int[])[1, 1, 0]));
            Assert.That(rig.Router.Disposals, Is.EqualTo(1));
            Assert.That(reports, Has.Count.EqualTo(1));
            Assert.That(reports[0].Experts.Select(expert => (expert.Name, expert.Texts, expert.Requests)), Is.EqualTo(new[] { ("expert 0", 1L, 1L), ("expert 1", 2L, 3L), ("expert 2", 0L, 0L) }));
            Assert.That(reports[0].Experts.Select(expert => expert.MeanProbability), Is.EqualTo((double[])[1.0 / 3, 1.25 / 3, .75 / 3]).Within(1e-12));
            Assert.That(reports[0].Entropy, Is.EqualTo(1.5 * Math.Log(2)).Within(1e-12));
            Assert.That((reports[0].Texts, reports[0].Requests), Is.EqualTo((3L, 4L)));
        }
    }

    [Test]
    public async Task Nothing_AskedOpensNothing()
    {
        Rig rig = new(2);
        await using RoutedLanguageModel model = rig.Create();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await model.GenerateAsync([]), Is.Empty);
            Assert.That(rig.Openings, Is.All.EqualTo(0));
            Assert.That(model.Statistics.Entropy, Is.EqualTo(0));
        }
    }

    [Test]
    public async Task WrongAnswers_AreErrors()
    {
        ScriptedModel silent = new() { Likelihood = _ => default };
        await using RoutedLanguageModel outside = new(new FakeTextRouter(2), Experts(silent, silent));
        await using RoutedLanguageModel short1 = new(new FakeTextRouter(2), Experts(new ShortModel(), silent));
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await Assert.ThrowsAsync<EvaluationException>(async () => await outside.LogLikelihoodAsync([new("7", "x")])))!.Error, Is.EqualTo(EvaluationError.AnswerInvalid));
            Assert.That((await Assert.ThrowsAsync<EvaluationException>(async () => await short1.LogLikelihoodAsync([new("0", "x")])))!.Candidate, Is.EqualTo("0"));
            Assert.That(await Assert.ThrowsAsync<OperationCanceledException>(async () => await outside.LogLikelihoodAsync([new("0", "x")], cancelled.Token)), Is.Not.Null);
            Assert.That(() => new RoutedLanguageModel(new FakeTextRouter(3), Experts(silent, silent)), Throws.ArgumentException);
        }

        static RoutedExpert[] Experts(params ILanguageModel[] models) => [.. models.Select((model, index) => new RoutedExpert($"{index}", _ => ValueTask.FromResult(model)))];
    }

    [Test]
    public async Task FailedModel_IsOpenedAgain()
    {
        int tries = 0;
        RoutedExpert[] experts = [new("a", _ => ++tries == 1 ? throw new IOException("busy") : ValueTask.FromResult<ILanguageModel>(new CharacterModel(1))), new("b", _ => throw new NotSupportedException())];
        await using RoutedLanguageModel model = new(new FakeTextRouter(2), experts);
        await Assert.ThrowsAsync<IOException>(async () => await model.RollingLogLikelihoodAsync(["0"]));

        Assert.That(await model.RollingLogLikelihoodAsync(["0"]), Has.Count.EqualTo(1));
    }

    private sealed class Rig
    {
        public Rig(int count)
        {
            Models = [.. Enumerable.Range(0, count).Select(expert => new CharacterModel((uint)expert))];
            Openings = new int[count];
            Router = new FakeTextRouter(count);
        }

        public CharacterModel[] Models { get; }

        public int[] Openings { get; }

        public FakeTextRouter Router { get; }

        public RoutedLanguageModel Create(RoutedLanguageModelOptions? options = null) => new(Router, [.. Models.Select((model, expert) => new RoutedExpert($"expert {expert}", _ => Open(model, expert)))], options);

        private ValueTask<ILanguageModel> Open(CharacterModel model, int expert)
        {
            Openings[expert]++;
            return ValueTask.FromResult<ILanguageModel>(model);
        }
    }

    private sealed class Reports(List<TextRoutingStatistics> reports) : IProgress<TextRoutingStatistics>
    {
        public void Report(TextRoutingStatistics value) => reports.Add(value);
    }

    private sealed class ShortModel : ILanguageModel
    {
        public ValueTask<IReadOnlyList<LogLikelihood>> LogLikelihoodAsync(IReadOnlyList<LogLikelihoodRequest> requests, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<IReadOnlyList<LogLikelihood>>([]);

        public ValueTask<IReadOnlyList<LogLikelihood>> RollingLogLikelihoodAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<Generation>> GenerateAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
