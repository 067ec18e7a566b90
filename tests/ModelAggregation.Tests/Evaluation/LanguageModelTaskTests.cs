using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;

namespace ModelAggregation.Tests.Evaluation;

public sealed class LanguageModelTaskTests
{
    [TestCase(ChoiceMetric.Accuracy, 0)]
    [TestCase(ChoiceMetric.PerCharacter, 1)]
    [TestCase(ChoiceMetric.PerByte, 2)]
    public async Task MultipleChoice_DividesByTheLengthOfTheChoice_AsItsMetricSays(ChoiceMetric metric, int expected)
    {
        // Sums -3, -4 and -6 of 2, 4 and 2 characters in 2, 4 and 8 bytes: per character -1.5, -1 and -3; per byte -1.5, -1 and -0.75.
        Dictionary<string, double> values = new(StringComparer.Ordinal) { [" aa"] = -3, [" bbbb"] = -4, [" 😀😀"] = -6 };
        ScriptedModel model = new() { Likelihood = request => new LogLikelihood(values[request.Continuation], 1, false) };
        for (int answer = 0; answer < 3; answer++)
        {
            MultipleChoiceTask task = new("t", [new ChoiceExample("q", ["aa", "bbbb", "😀😀"], answer)], new MultipleChoiceOptions { Metric = metric });

            Assert.That((await task.ScoreAsync(model)).Value, Is.EqualTo(answer == expected ? 1 : 0));
        }
    }

    [Test]
    public async Task MultipleChoice_TakesTheFirst_OfEqualOnes()
    {
        ScriptedModel model = new() { Likelihood = _ => new LogLikelihood(-1, 1, false) };
        MultipleChoiceTask task = new("t", [new ChoiceExample("q", ["a", "b"], 0), new ChoiceExample("q", ["a", "b"], 1)]);

        Assert.That((await task.ScoreAsync(model)).Outcomes.Select(outcome => outcome.Value), Is.EqualTo((double[])[1, 0]));
    }

    [Test]
    public async Task MultipleChoice_AsksWithEachChoicesOwnPrompt()
    {
        List<LogLikelihoodRequest> asked = [];
        ScriptedModel model = new()
        {
            Likelihood = request =>
            {
                asked.Add(request);
                return new LogLikelihood(-1, 1, false);
            },
        };
        MultipleChoiceTask task = new("t", [new ChoiceExample(["He", "She"], ["ran", "ran"], 1)], new MultipleChoiceOptions { Delimiter = string.Empty, Ends = true });

        await task.ScoreAsync(model);

        Assert.That(asked, Is.EqualTo((LogLikelihoodRequest[])[new("He", "ran") { Ends = true }, new("She", "ran") { Ends = true }]));
    }

    // Two texts of 3 and 1 nats: 2 and 3 tokens; "a b", "é" are 2 and 1 words, 3 and 2 bytes.
    [TestCase(PerplexityMetric.PerToken, 5)]
    [TestCase(PerplexityMetric.PerWord, 3)]
    [TestCase(PerplexityMetric.PerByte, 5)]
    public async Task Perplexity_DividesTheSumOfAllTexts(PerplexityMetric metric, int length) =>
        Assert.That((await PerplexityAsync(metric)).Value, Is.EqualTo(Math.Exp(4.0 / length)).Within(1e-14));

    [Test]
    public async Task BitsPerByte_AreNatsOverTheLogarithmOfTwo() => Assert.That((await PerplexityAsync(PerplexityMetric.BitsPerByte)).Value, Is.EqualTo(0.8 / Math.Log(2)).Within(1e-14));

    [Test]
    public async Task Perplexity_HasTheErrorOfARatio()
    {
        // R = 4/5, residuals 3 - 2R = 1.4 and 1 - 3R = -1.4; s of the outcomes is e^R (1.4 / 2.5) √2, over √2.
        TaskScore score = await PerplexityAsync(PerplexityMetric.PerToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(score.StandardError, Is.EqualTo(Math.Exp(0.8) * 1.4 / 2.5).Within(1e-13));
            Assert.That(score.Outcomes.Average(outcome => outcome.Value), Is.EqualTo(score.Value).Within(1e-14));
            Assert.That(score.Task.Direction, Is.EqualTo(ScoreDirection.LowerIsBetter));
        }
    }

    [TestCase(false, (3.0 + 1) / 2)]
    [TestCase(true, (3.0 + 1) / 5)]
    public async Task AnswerLoss_IsOfAnswersOrTokens(bool perToken, double expected)
    {
        ScriptedModel model = new() { Likelihood = request => !request.Ends ? default : string.Equals(request.Continuation, "x", StringComparison.Ordinal) ? new(-3, 2, false) : new(-1, 3, false) };
        AnswerLossTask task = new("t", [new AnswerExample("a", "x"), new AnswerExample("b", "y")], new AnswerLossOptions { PerToken = perToken });

        Assert.That((await task.ScoreAsync(model)).Value, Is.EqualTo(expected).Within(1e-15));
    }

    [TestCase("72", "72", true)]
    [TestCase("72 ", "72", false)]
    [TestCase("7", "72", false)]
    public async Task ExactMatch_ComparesAllThatIsSaid(string said, string answer, bool expected) => Assert.That(await MatchesAsync(said, answer, new ExactMatchOptions()), Is.EqualTo(expected));

    [TestCase("So #### 1,234.", "He has $5. #### 1234.", true)]
    [TestCase("#### -7 or #### 8", "#### -7", true)]
    [TestCase("The answer is 1234", "#### 1234", false)]
    [TestCase("####  5", "#### 5", false)]
    public async Task Gsm8k_TakesTheFirstNumberAfterTheMarks(string said, string answer, bool expected) => Assert.That(await MatchesAsync(said, answer, ExactMatchOptions.Gsm8k), Is.EqualTo(expected));

    [Test]
    public async Task ExactMatch_CanTakeTheLastMatch_AndLeaveOutCaseAndPunctuation()
    {
        ExactMatchOptions options = new() { Pattern = "[A-Z](\\w)?|[a-z]+[!^]", TakesLast = true, IgnoresCase = true, IgnoresPunctuation = true };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await MatchesAsync("Ab then yes!", "Y.e-s`", options with { Pattern = "[a-z]+[!^]" }), Is.True);
            Assert.That(await MatchesAsync("Ab then Cd", "D", options with { Pattern = "[A-Z](\\w)?" }), Is.True);
            Assert.That(await MatchesAsync("Ab then Cd", "b", options with { Pattern = "[A-Z](\\w)?", TakesLast = false }), Is.True);
        }
    }

    [TestCase(GenerationEnd.Length, false)]
    [TestCase(GenerationEnd.Stopped, true)]
    public async Task ExactMatch_CanAskForTheEnd(GenerationEnd end, bool expected) => Assert.That(await MatchesAsync("ab", "ab", new ExactMatchOptions { MustEnd = true }, end), Is.EqualTo(expected));

    [TestCase(double.NaN, EvaluationError.NotFinite)]
    [TestCase(double.NegativeInfinity, EvaluationError.NotFinite)]
    [TestCase(0.5, EvaluationError.AnswerInvalid)]
    public async Task ALogProbabilityThatIsNone_IsAFailure(double value, EvaluationError expected)
    {
        ScriptedModel model = new() { Likelihood = _ => new LogLikelihood(value, 1, false) };
        MultipleChoiceTask task = new("t", [new ChoiceExample("q", ["a", "b"], 0)]);

        EvaluationException error = (await Assert.ThrowsAsync<EvaluationException>(async () => await task.ScoreAsync(model)))!;

        Assert.That((error.Error, error.Task), Is.EqualTo((expected, "t")));
    }

    [Test]
    public void Ids_TellSettingsAndAnswersApart_AndKeysTellPrompts()
    {
        AnswerExample[] examples = [new("a", "x"), new("b", "y")];
        AnswerExample[] others = [new("a", "x"), new("b", "z")];
        LanguageModelTask[] tasks =
        [
            new AnswerLossTask("t", examples), new AnswerLossTask("u", examples), new AnswerLossTask("t", others), new AnswerLossTask("t", examples, new AnswerLossOptions { Ends = false }),
            new ExactMatchTask("t", examples), new ExactMatchTask("t", examples, new ExactMatchOptions { Pattern = string.Empty }), new ExactMatchTask("t", examples, new ExactMatchOptions { MaxTokens = 3 }),
            new ExactMatchTask("t", examples, new ExactMatchOptions { Stops = ["a"] }), new ExactMatchTask("t", examples, new ExactMatchOptions { Ignores = ["a"] }),
        ];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tasks.Select(task => task.Id).Distinct(StringComparer.Ordinal).Count(), Is.EqualTo(tasks.Length));
            Assert.That(new AnswerLossTask("t", [.. examples]).Id, Is.EqualTo(tasks[0].Id));
            Assert.That(tasks.Select(task => string.Join(' ', task.Info.Examples)).Distinct(StringComparer.Ordinal).Count(), Is.EqualTo(1));
            Assert.That(tasks[0].Info.Examples[0], Is.Not.EqualTo(tasks[0].Info.Examples[1]));
        }
    }

    [Test]
    public void MisusedTasks_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new AnswerLossTask("t", []), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => new AnswerLossTask("t", [new AnswerExample("a", string.Empty)]), Throws.ArgumentException);
            Assert.That(() => new ExactMatchTask("t", [new AnswerExample("a", "b")], new ExactMatchOptions { Pattern = "(" }), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => new ExactMatchOptions { Stops = [string.Empty] }, Throws.ArgumentException);
            Assert.That(() => new PerplexityTask("t", ["a", string.Empty]), Throws.ArgumentException);
            Assert.That(() => new ChoiceExample("q", ["a"], 0), Throws.ArgumentException);
            Assert.That(() => new ChoiceExample("q", ["a", string.Empty], 0), Throws.ArgumentException);
            Assert.That(() => new ChoiceExample("q", ["a", "b"], 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static async Task<TaskScore> PerplexityAsync(PerplexityMetric metric)
    {
        ScriptedModel model = new() { Rolling = text => text.Length == 3 ? new LogLikelihood(-3, 2, false) : new LogLikelihood(-1, 3, false) };
        return await new PerplexityTask("t", ["a b", "é"], new PerplexityOptions { Metric = metric }).ScoreAsync(model);
    }

    private static async Task<bool> MatchesAsync(string said, string answer, ExactMatchOptions options, GenerationEnd end = GenerationEnd.Stopped)
    {
        ScriptedModel model = new() { Generation = request => request.MaxTokens == options.MaxTokens && ReferenceEquals(request.Stops, options.Stops) ? new Generation(said, end) : throw new NotSupportedException() };
        return (await new ExactMatchTask("t", [new AnswerExample("q", answer)], options).ScoreAsync(model)).Value == 1;
    }
}
