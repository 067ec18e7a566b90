using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Evaluation;

public sealed class LanguageModelEvaluatorTests
{
    private static readonly AnswerExample[] Examples = [.. Enumerable.Range(0, 300).Select(i => new AnswerExample($"q{i}", $"a{i % 7}"))];
    private static readonly ModelCandidate Candidate = ModelCandidate.FromTensors("m", new MemoryTensorSet());

    [Test]
    public async Task Evaluate_AsksEachTask_AndReportsProgress()
    {
        CharacterModel model = new(1);
        List<EvaluationProgress> seen = [];
        LanguageModelEvaluator evaluator = new(
            Factory(() => model), [new AnswerLossTask("loss", Examples), new ExactMatchTask("match", [.. Examples.Take(2)], new ExactMatchOptions { MaxTokens = 3 })], new ListProgress(seen));

        EvaluationResult result = await evaluator.EvaluateAsync(Candidate);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Candidate, Is.EqualTo("m"));
            Assert.That(result.Scores.Select(score => score.Task), Is.EqualTo(evaluator.Tasks));
            Assert.That(result["loss"].Value, Is.EqualTo(-Examples.Average(example => model.Score(example.Prompt, example.Answer + CharacterModel.End).LogProbability)).Within(1e-12));
            Assert.That(model.Disposals, Is.EqualTo(1));
            Assert.That(seen, Is.EqualTo((EvaluationProgress[])
            [
                new("m", "loss", 0, 2, 0, 0), new("m", "loss", 0, 2, 256, 300), new("m", "loss", 0, 2, 300, 300), new("m", "match", 1, 2, 0, 0), new("m", "match", 1, 2, 2, 2),
            ]));
        }
    }

    [Test]
    public async Task AFailingTask_FailsTheEvaluation_AndReleasesTheModel()
    {
        List<string> released = [];
        ScriptedModel model = new() { Likelihood = _ => throw new IOException("The disk is gone."), Released = () => released.Add("model") };
        LanguageModelEvaluator evaluator = new(Factory(() => model), [new AnswerLossTask("loss", Examples)]);

        EvaluationException error = (await Assert.ThrowsAsync<EvaluationException>(async () => await evaluator.EvaluateAsync(Candidate)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Error, error.Candidate, error.Task), Is.EqualTo((EvaluationError.Failed, "m", "loss")));
            Assert.That(error.Message, Does.Contain("The disk is gone."));
            Assert.That(error.InnerException, Is.TypeOf<IOException>());
            Assert.That(released, Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task ALossThatIsNaN_KeepsItsKind()
    {
        LanguageModelEvaluator evaluator = new(Factory(() => new ScriptedModel { Likelihood = _ => new LogLikelihood(double.NaN, 1, false) }), [new AnswerLossTask("loss", Examples)]);

        EvaluationException error = (await Assert.ThrowsAsync<EvaluationException>(async () => await evaluator.EvaluateAsync(Candidate)))!;

        Assert.That((error.Error, error.Candidate, error.Task), Is.EqualTo((EvaluationError.NotFinite, "m", "loss")));
    }

    [Test]
    public async Task AModelThatDoesNotOpen_IsAFailure()
    {
        LanguageModelEvaluator evaluator = new(Factory(() => throw new InvalidOperationException("No such layer.")), [new AnswerLossTask("loss", Examples)]);

        EvaluationException error = (await Assert.ThrowsAsync<EvaluationException>(async () => await evaluator.EvaluateAsync(Candidate)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Error, error.Task), Is.EqualTo((EvaluationError.Failed, (string?)null)));
            Assert.That(error.Message, Is.EqualTo("'m' cannot be opened: No such layer."));
        }
    }

    [Test]
    public async Task Cancellation_IsNoFailure()
    {
        using CancellationTokenSource source = new();
        ScriptedModel model = new() { Likelihood = _ => new LogLikelihood(-1, 1, false) };
        LanguageModelEvaluator evaluator = new(Factory(() => model), [new AnswerLossTask("loss", Examples)], new CallbackProgress(value =>
        {
            if (value.QuestionsDone > 0)
            {
                source.Cancel();
            }
        }));

        await Assert.ThatAsync(async () => await evaluator.EvaluateAsync(Candidate, source.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Id_IsOfTheTasksAndTheFactory()
    {
        LanguageModelTask loss = new AnswerLossTask("loss", Examples);
        LanguageModelTask match = new ExactMatchTask("match", Examples);
        string[] ids = [.. ((LanguageModelTask[][])[[loss], [match], [loss, match], [match, loss]]).Select(tasks => new LanguageModelEvaluator(Factory(() => new CharacterModel(1)), tasks).Id)];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ids, Is.Unique);
            Assert.That(new LanguageModelEvaluator(Factory(() => new CharacterModel(2)), [loss]).Id, Is.EqualTo(ids[0]));
            Assert.That(() => new LanguageModelEvaluator(Factory(() => new CharacterModel(1)), [loss, loss]), Throws.ArgumentException.With.Message.Contains("'loss'"));
        }
    }

    private static DelegateLanguageModelFactory Factory(Func<ILanguageModel> open) => new("test", (_, _) => ValueTask.FromResult(open()));

    private sealed class ListProgress(List<EvaluationProgress> values) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => values.Add(value);
    }

    private sealed class CallbackProgress(Action<EvaluationProgress> report) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => report(value);
    }
}
