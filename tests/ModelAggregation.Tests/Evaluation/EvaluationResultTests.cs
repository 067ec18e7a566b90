using ModelAggregation.Evaluation;

namespace ModelAggregation.Tests.Evaluation;

public sealed class EvaluationResultTests
{
    private static readonly TaskInfo Accuracy = new("choice", "acc") { Range = ScoreRange.Unit, Weight = 3 };
    private static readonly TaskInfo Loss = new("text", "loss") { Range = ScoreRange.NotNegative, Direction = ScoreDirection.LowerIsBetter };
    private static readonly TaskInfo Shown = new("shown", "acc") { Weight = 0 };

    [Test]
    public void Merit_IsTheWeightedMean_WithLossesSubtracted()
    {
        EvaluationResult result = new("m", [new TaskScore(Accuracy, 0.5, 10, 0.1), new TaskScore(Loss, 2, 10, 0.4), new TaskScore(Shown, 100)]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Merit, Is.EqualTo(((3 * 0.5) - 2) / 4).Within(1e-15));
            Assert.That(result.MeritStandardError, Is.EqualTo(Math.Sqrt(0.09 + 0.16) / 4).Within(1e-15));
            Assert.That(result["text"].Merit, Is.EqualTo(-2));
            Assert.That(() => result["texts"], Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("'choice', 'text', 'shown'"));
        }
    }

    [Test]
    public void MeritStandardError_IsUnknown_WhenThatOfATaskIs() =>
        Assert.That(new EvaluationResult("m", [new TaskScore(Accuracy, 0.5, 10, 0.1), new TaskScore(Loss, 2)]).MeritStandardError, Is.Null);

    [TestCase(double.NaN, EvaluationError.NotFinite)]
    [TestCase(double.PositiveInfinity, EvaluationError.NotFinite)]
    [TestCase(1.5, EvaluationError.OutOfRange)]
    [TestCase(-0.1, EvaluationError.OutOfRange)]
    public void AScoreThatIsNone_IsAFailure(double value, EvaluationError expected)
    {
        EvaluationException error = Assert.Throws<EvaluationException>(() => _ = new TaskScore(Accuracy, value))!;

        Assert.That((error.Error, error.Task), Is.EqualTo((expected, "choice")));
    }

    [Test]
    public void OfMean_GivesTheBinomialError()
    {
        TaskScore score = TaskScore.OfMean(Accuracy, [.. Enumerable.Range(0, 8).Select(i => new ExampleOutcome($"{i}", i < 2 ? 1 : 0))]);

        Assert.That((score.Value, score.Count, score.StandardError), Is.EqualTo((0.25, 8L, Math.Sqrt(0.25 * 0.75 / 7))));
    }

    [Test]
    public void OfMean_OfOneExample_HasNoError() => Assert.That(TaskScore.OfMean(Loss, [new ExampleOutcome("a", 3)]).StandardError, Is.Null);

    [Test]
    public void MisusedScores_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new EvaluationResult("m", []), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => new EvaluationResult("m", [new TaskScore(Loss, 1), new TaskScore(Loss, 2)]), Throws.ArgumentException.With.Message.Contains("'text'"));
            Assert.That(() => new TaskScore(Loss, 1, 2, -1), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => new TaskScore(Loss, 1, 2, outcomes: [new ExampleOutcome("a", 1)]), Throws.ArgumentException);
            Assert.That(() => Loss with { Weight = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void AStandardErrorOrOutcome_ThatIsNotFinite_IsAFailure(double value)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new TaskScore(Loss, 1, 2, value), Fails());
            Assert.That(() => new TaskScore(Loss, 1, 1, outcomes: [new ExampleOutcome("a", value)]), Fails());
            Assert.That(() => TaskScore.OfMean(Loss, [new ExampleOutcome("a", 1e300), new ExampleOutcome("b", 0)]), Fails());
        }

        static NUnit.Framework.Constraints.Constraint Fails() => Throws.InstanceOf<EvaluationException>().With.Property(nameof(EvaluationException.Error)).EqualTo(EvaluationError.NotFinite);
    }
}
