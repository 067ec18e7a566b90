using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Http;
using ModelAggregation.Evaluation.Tasks;
using ModelSdk.Testing;

namespace ModelAggregation.Tests.Evaluation;

public sealed class HttpLanguageModelTests : IDisposable
{
    private static readonly LogLikelihoodRequest[] Questions =
    [
        new("ab", "cd"), new("the ", "é😀 end"), new("😀 1", "2"), new("one. two", " three."), .. Enumerable.Range(0, 20).Select(i => new LogLikelihoodRequest($"q{i}", $" {i * 37}")),
    ];

    private readonly CharacterModel _model = new(7);
    private readonly CompletionServer _server;
    private readonly HttpClient _client = new();

    public HttpLanguageModelTests() => _server = new CompletionServer(_model);

    public void Dispose()
    {
        _server.Dispose();
        _client.Dispose();
    }

    [Test]
    public void TheId_IsOfWhatChangesAnswers()
    {
        string[] ids =
        [
            Id(), Id("http://localhost:2/v1"), Id(model: "b"), Id(options: new HttpLanguageModelOptions { Scoring = PromptScoring.PromptLogProbabilities }), Id(options: new HttpLanguageModelOptions { ScoringTokens = 0 }),
            Id(options: new HttpLanguageModelOptions { BeginText = "<s>" }), Id(options: new HttpLanguageModelOptions { EndText = "<s>" }), Id(options: new HttpLanguageModelOptions { EndText = string.Empty }),
        ];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ids, Is.Unique);
            Assert.That(Id("http://localhost:1/v1/", options: new HttpLanguageModelOptions { ApiKey = "secret", PromptsPerRequest = 3, Retries = 1 }), Is.EqualTo(ids[0]));
        }

        string Id(string endpoint = "http://localhost:1/v1", string model = "a", HttpLanguageModelOptions? options = null) => new HttpLanguageModel(_client, new Uri(endpoint), model, options).Id;
    }

    [TestCase(PromptScoring.Echo, 1, null)]
    [TestCase(PromptScoring.Echo, 0, null)]
    [TestCase(PromptScoring.Echo, 1, "<s>")]
    [TestCase(PromptScoring.PromptLogProbabilities, 1, null)]
    [TestCase(PromptScoring.PromptLogProbabilities, 1, "<s>")]
    [CancelAfter(60_000)]
    public async Task LogLikelihood_IsTheModels(PromptScoring scoring, int tokens, string? begin, CancellationToken cancellationToken)
    {
        _server.Begin = begin;
        HttpLanguageModel model = Model(new HttpLanguageModelOptions { Scoring = scoring, ScoringTokens = tokens, PromptsPerRequest = 5, ParallelRequests = 3 });

        IReadOnlyList<LogLikelihood> answers = await model.LogLikelihoodAsync(Questions, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < Questions.Length; i++)
            {
                LogLikelihood expected = _model.Score(Questions[i].Context, Questions[i].Continuation);
                Assert.That(answers[i].LogProbability, Is.EqualTo(expected.LogProbability).Within(1e-12));
                Assert.That((answers[i].TokenCount, answers[i].IsGreedy), Is.EqualTo((expected.TokenCount, expected.IsGreedy)));
            }

            Assert.That(_server.Requests, Has.Count.EqualTo(5));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task AGreedyContinuation_IsFoundToBe(CancellationToken cancellationToken)
    {
        string next = _model.Generate("ab", 3, []).Text;

        IReadOnlyList<LogLikelihood> answers = await Model().LogLikelihoodAsync([new("ab", next), new("ab", next + "zz")], cancellationToken);

        Assert.That(answers.Select(answer => answer.IsGreedy), Is.EqualTo((bool[])[true, false]));
    }

    [Test, CancelAfter(60_000)]
    public async Task ATokenAcrossTheBorder_CountsToTheContinuation(CancellationToken cancellationToken)
    {
        // The tokens "ab", "c d" and "e" of the context "abc" and the continuation " de".
        _server.Answer = (_, _, _) =>
            """{"choices": [{"index": 0, "text": "abc de", "logprobs": {"tokens": ["ab", "c d", "e"], "token_logprobs": [null, -1, -2], "top_logprobs": [null, {"c d": -1}, {"x": -1.5}], "text_offset": [0, 2, 5]}}]}""";

        Assert.That(await Model().LogLikelihoodAsync([new("abc", " de")], cancellationToken), Is.EqualTo((LogLikelihood[])[new(-3, 2, false)]));
    }

    [Test, CancelAfter(60_000)]
    public async Task TheEnd_IsScoredByItsText(CancellationToken cancellationToken)
    {
        LogLikelihoodRequest[] questions = [new("ab", "c") { Ends = true }];
        HttpLanguageModel model = Model(new HttpLanguageModelOptions { EndText = CharacterModel.End.ToString() });

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await model.LogLikelihoodAsync(questions, cancellationToken))[0].LogProbability, Is.EqualTo(_model.Score("ab", "c" + CharacterModel.End).LogProbability).Within(1e-12));
            await CheckAsync(() => Model().LogLikelihoodAsync(questions, cancellationToken), EvaluationError.Unsupported, "EndText");
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task ATextWithoutContext_NeedsABeginToken(CancellationToken cancellationToken)
    {
        LogLikelihoodRequest[] questions = [new(string.Empty, "abc")];

        using (Assert.EnterMultipleScope())
        {
            await CheckAsync(() => Model().LogLikelihoodAsync(questions, cancellationToken), EvaluationError.Unsupported, "BeginText");
            Assert.That((await Model(new HttpLanguageModelOptions { BeginText = "z" }).LogLikelihoodAsync(questions, cancellationToken))[0].LogProbability, Is.EqualTo(_model.Score("z", "abc").LogProbability).Within(1e-12));
            _server.Begin = "<s>";
            Assert.That((await Model().LogLikelihoodAsync(questions, cancellationToken))[0].LogProbability, Is.EqualTo(_model.Score(string.Empty, "abc").LogProbability).Within(1e-12));
        }
    }

    [TestCase("", null, 2, "a")]
    [TestCase("z", null, 3, "z")]
    [TestCase("", "<s>", 3, "")]
    [CancelAfter(60_000)]
    public async Task AWholeText_CountsWhatHasAProbability(string beginText, string? begin, int count, string before, CancellationToken cancellationToken)
    {
        _server.Begin = begin;

        LogLikelihood answer = (await Model(new HttpLanguageModelOptions { BeginText = beginText }).RollingLogLikelihoodAsync(["abc"], cancellationToken))[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.TokenCount, Is.EqualTo(count));
            Assert.That(answer.LogProbability, Is.EqualTo(_model.Score(before, "abc"[^count..]).LogProbability).Within(1e-12));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Generate_AsksGreedily_AndGroupsLikeRequests(CancellationToken cancellationToken)
    {
        string full = _model.Generate("ab", 12, []).Text;
        GenerationRequest[] requests = [new("ab") { MaxTokens = 12 }, new("cd") { MaxTokens = 12 }, new("ab") { MaxTokens = 12, Stops = [full[2..4]] }];

        IReadOnlyList<Generation> answers = await Model(new HttpLanguageModelOptions { ApiKey = "secret" }).GenerateAsync(requests, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers, Is.EqualTo(requests.Select(request => _model.Generate(request.Prompt, request.MaxTokens, request.Stops))));
            Assert.That(_server.Requests.Select(request => request.Body["prompt"]!.AsArray().Count), Is.EqualTo((int[])[2, 1]));
            Assert.That(_server.Requests.Select(request => request.Authorization), Is.All.EqualTo("Bearer secret"));
            Assert.That(_server.Requests[0].Body["temperature"]!.GetValue<double>(), Is.Zero);
            Assert.That(_server.Requests[0].Body["model"]!.GetValue<string>(), Is.EqualTo("tiny"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task TextThatAServerLeavesAfterAStop_IsCut(CancellationToken cancellationToken)
    {
        _server.Answer = (_, _, _) => """{"choices": [{"text": "12\n\nQ", "finish_reason": "length"}]}""";

        Assert.That(await Model().GenerateAsync([new("a") { Stops = ["Q", "\n\n"] }], cancellationToken), Is.EqualTo((Generation[])[new("12", GenerationEnd.Stopped)]));
    }

    [Test, CancelAfter(60_000)]
    public async Task ABusyEndpoint_IsAskedAgain_WhenItSays(CancellationToken cancellationToken)
    {
        RecordedTime time = new();
        _server.Answer = (number, _, response) =>
        {
            if (number > 3)
            {
                return null;
            }

            response.StatusCode = number == 1 ? 429 : 503;
            if (number == 1)
            {
                response.Headers["Retry-After"] = "7";
            }

            return "busy";
        };

        IReadOnlyList<Generation> answers = await Model(new HttpLanguageModelOptions { Time = time, LongestWait = TimeSpan.FromSeconds(7) }).GenerateAsync([new("a") { MaxTokens = 2 }], cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers, Is.EqualTo((Generation[])[_model.Generate("a", 2, [])]));
            Assert.That(time.Waits.Select(wait => wait.TotalSeconds), Is.EqualTo((double[])[1, 7, 4, 7]));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task AnEndpointThatIsBusyForTooLong_IsAFailure(CancellationToken cancellationToken)
    {
        _server.Answer = (_, _, response) =>
        {
            response.StatusCode = 429;
            response.Headers["Retry-After"] = "3600";
            return "the quota is used up";
        };

        await CheckAsync(() => Model().GenerateAsync([new("a")], cancellationToken), EvaluationError.Failed, "429", "the quota is used up");
        Assert.That(_server.Requests, Has.Count.EqualTo(1));
    }

    [TestCase(400, EvaluationError.Unsupported)]
    [TestCase(401, EvaluationError.Failed)]
    [TestCase(404, EvaluationError.Failed)]
    [CancelAfter(60_000)]
    public async Task ARefusal_IsQuoted_AndNotRepeated(int status, EvaluationError expected, CancellationToken cancellationToken)
    {
        _server.Answer = (_, _, response) =>
        {
            response.StatusCode = status;
            return "{\"error\": {\"message\": \"echo is not allowed\"}}" + new string(' ', 5000);
        };

        await CheckAsync(() => Model(new HttpLanguageModelOptions { ApiKey = "secret" }).LogLikelihoodAsync(Questions, cancellationToken), expected, $"{status}", "echo is not allowed");
        Assert.That(_server.Requests, Has.Count.EqualTo(1));
    }

    [TestCase("no json", EvaluationError.AnswerInvalid, "no json")]
    [TestCase("{}", EvaluationError.AnswerInvalid, "no array 'choices'")]
    [TestCase("{\"choices\": []}", EvaluationError.AnswerInvalid, "0 choices for 1 prompts")]
    [TestCase("{\"choices\": [{\"index\": 4}]}", EvaluationError.AnswerInvalid, "index 4")]
    [TestCase("{\"choices\": [{\"text\": \"c\"}]}", EvaluationError.Unsupported, "no logprobs")]
    [TestCase("{\"choices\": [{\"text\": \"c\", \"logprobs\": {\"content\": []}}]}", EvaluationError.Unsupported, "token_logprobs")]
    [TestCase("{\"choices\": [{\"text\": \"c\", \"logprobs\": {\"tokens\": [\"c\"], \"token_logprobs\": [-1], \"text_offset\": [0]}}]}", EvaluationError.Unsupported, "does not repeat the prompt")]
    [TestCase("{\"choices\": [{\"text\": \"ab\", \"logprobs\": {\"tokens\": [\"a\"], \"token_logprobs\": [-1, 2], \"text_offset\": [0]}}]}", EvaluationError.AnswerInvalid, "2 token_logprobs and 1 text_offsets")]
    [TestCase("{\"choices\": [{\"text\": \"ab\", \"logprobs\": {\"tokens\": [\"a\", \"b\"], \"token_logprobs\": [null, 0.7], \"text_offset\": [0, 1]}}]}", EvaluationError.AnswerInvalid, "0.7")]
    [TestCase("{\"choices\": [{\"text\": \"ab\", \"logprobs\": {\"tokens\": [\"a\", \"b\"], \"token_logprobs\": [null, \"x\"], \"text_offset\": [0, 1]}}]}", EvaluationError.AnswerInvalid, "completion")]
    [CancelAfter(60_000)]
    public async Task AnAnswerThatIsNone_IsAFailure(string answer, EvaluationError expected, string message, CancellationToken cancellationToken)
    {
        _server.Answer = (_, _, _) => answer;

        await CheckAsync(() => Model().LogLikelihoodAsync([new("a", "b")], cancellationToken), expected, message);
    }

    [Test, CancelAfter(60_000)]
    public async Task AListThatIsMissing_IsUnsupported(CancellationToken cancellationToken)
    {
        _server.Change = choice => choice.Remove("prompt_logprobs");

        await CheckAsync(
            () => Model(new HttpLanguageModelOptions { Scoring = PromptScoring.PromptLogProbabilities }).LogLikelihoodAsync([new("a", "b")], cancellationToken), EvaluationError.Unsupported, "prompt_logprobs");
    }

    [Test, CancelAfter(60_000)]
    public async Task ARequestThatTakesTooLong_IsTimedOut(CancellationToken cancellationToken)
    {
        using ManualResetEventSlim gate = new();
        using CancellationTokenRegistration registration = cancellationToken.Register(gate.Set);
        ManualTime time = new();
        _server.Answer = (_, _, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            gate.Wait(TimeSpan.FromSeconds(30));
            return null;
        };

        await CheckAsync(() => Model(new HttpLanguageModelOptions { TimeOut = TimeSpan.FromSeconds(9), Retries = 0, Time = time }).GenerateAsync([new("a")], cancellationToken), EvaluationError.TimedOut, "00:00:09");
        gate.Set();
    }

    [Test, CancelAfter(60_000)]
    public async Task AnEndpointThatIsNotThere_IsAFailure(CancellationToken cancellationToken)
    {
        _server.Dispose();

        await CheckAsync(() => Model(new HttpLanguageModelOptions { Retries = 0 }).GenerateAsync([new("a")], cancellationToken), EvaluationError.Failed, "cannot be asked");
    }

    [Test, CancelAfter(60_000)]
    public async Task AnEndpoint_GivesTheScoresOfTheModelBehindIt(CancellationToken cancellationToken)
    {
        AnswerExample[] examples = [.. Enumerable.Range(0, 12).Select(i => new AnswerExample($"q{i}:", _model.Generate($"q{i}:", i % 3, []).Text + "z"))];
        LanguageModelTask[] tasks =
        [
            new MultipleChoiceTask("choice", [.. Enumerable.Range(0, 12).Select(i => new ChoiceExample($"q{i}", ["one", "two", "twelve"], i % 3))], new MultipleChoiceOptions { Metric = ChoiceMetric.PerCharacter }),
            new AnswerLossTask("loss", examples),
            new ExactMatchTask("match", examples, new ExactMatchOptions { MaxTokens = 4, Pattern = ".." }),
        ];
        HttpLanguageModelOptions options = new() { EndText = CharacterModel.End.ToString() };

        EvaluationResult direct = await Evaluator(() => new CharacterModel(7)).EvaluateAsync(ModelCandidate.FromFolder("m"), cancellationToken);
        EvaluationResult remote = await Evaluator(() => Model(options)).EvaluateAsync(ModelCandidate.FromFolder("m"), cancellationToken);

        Assert.That(remote.Scores.SelectMany(score => score.Outcomes.Select(outcome => outcome.Value)), Is.EqualTo(direct.Scores.SelectMany(score => score.Outcomes.Select(outcome => outcome.Value))).Within(1e-12));

        LanguageModelEvaluator Evaluator(Func<ILanguageModel> open) => new(new DelegateLanguageModelFactory("m", (_, _) => ValueTask.FromResult(open())), tasks);
    }

    [Test]
    public void AnAddressThatIsRelative_IsRefused() =>
        Assert.That(() => new HttpLanguageModel(_client, new Uri("v1", UriKind.Relative), "m"), Throws.ArgumentException);

    private static async Task CheckAsync<T>(Func<ValueTask<T>> call, EvaluationError expected, params string[] messages)
    {
        EvaluationException error = (await Assert.ThrowsAsync<EvaluationException>(async () => await call()))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(expected), error.Message);
            Assert.That(messages, Is.All.Matches<string>(message => error.Message.Contains(message!, StringComparison.Ordinal)), error.Message);
            Assert.That(error.ToString(), Does.Not.Contain("secret"));
        }
    }

    private HttpLanguageModel Model(HttpLanguageModelOptions? options = null) => new(_client, _server.Endpoint, "tiny", options);

    /// <summary>A clock whose waits are over at once; it tells how long they would have been.</summary>
    private sealed class RecordedTime : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Waits.Add(dueTime);
                dueTime = TimeSpan.Zero;
            }

            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
