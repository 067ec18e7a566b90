using ModelAggregation.Evaluation;

namespace ModelAggregation.Tests.Evaluation;

public sealed class PairedDifferenceTests
{
    private static readonly TaskInfo Accuracy = new("choice", "acc");
    private static readonly TaskInfo Loss = new("text", "loss") { Direction = ScoreDirection.LowerIsBetter, Weight = 3 };

    [Test]
    public void OfATask_IsTheMeanOfPairs_WithTheirOwnError()
    {
        // Differences 1, 0, 0, 1: mean 1/2, variance 1/3. The t quantile of 3 degrees at 0.975 is 3.182446.
        PairedDifference difference = PairedDifference.Of(Score(Accuracy, 1, 0, 1, 1), Score(Accuracy, 0, 0, 1, 0));
        (double low, double high) = difference.Interval();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(difference.Difference, Is.EqualTo(0.5));
            Assert.That(difference.StandardError, Is.EqualTo(Math.Sqrt(1.0 / 12)).Within(1e-15));
            Assert.That(difference.DegreesOfFreedom, Is.EqualTo(3));
            Assert.That(low, Is.EqualTo(0.5 - (3.182446305 * Math.Sqrt(1.0 / 12))).Within(1e-8));
            Assert.That(high, Is.EqualTo(0.5 + (3.182446305 * Math.Sqrt(1.0 / 12))).Within(1e-8));
        }
    }

    [Test]
    public void OfALoss_IsAboveZero_WhereTheFirstIsLower() => Assert.That(PairedDifference.Of(Score(Loss, 1, 2), Score(Loss, 2, 4)).Difference, Is.EqualTo(1.5));

    [Test]
    public void OfResults_WeighsTasks_AsTheMeritDoes()
    {
        EvaluationResult first = new("a", [Score(Accuracy, 1, 0, 1, 1), Score(Loss, 1, 2, 3)]);
        EvaluationResult second = new("b", [Score(Accuracy, 0, 0, 1, 0), Score(Loss, 2, 2, 5)]);
        PairedDifference difference = PairedDifference.Of(first, second);
        double choice = 1.0 / 16 / 12;
        double text = 9.0 / 16 / 3;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(difference.Difference, Is.EqualTo(first.Merit - second.Merit).Within(1e-15));
            Assert.That(difference.StandardError, Is.EqualTo(Math.Sqrt(choice + text)).Within(1e-15));
            Assert.That(difference.DegreesOfFreedom, Is.EqualTo(Math.Pow(choice + text, 2) / ((choice * choice / 3) + (text * text / 2))).Within(1e-12));
        }
    }

    [Test]
    public void EqualModels_DifferByNothing()
    {
        EvaluationResult result = new("a", [Score(Accuracy, 1, 0), Score(Loss, 1, 2)]);

        Assert.That(PairedDifference.Of(result, result).Interval(), Is.EqualTo((0.0, 0.0)));
    }

    [Test]
    public void WhatIsNotPaired_IsRefused()
    {
        TaskScore other = new(Accuracy, 0.5, 2, outcomes: [new ExampleOutcome("0", 1), new ExampleOutcome("x", 0)]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => PairedDifference.Of(Score(Accuracy, 1, 0), other), Throws.ArgumentException.With.Message.Contains("example 1 is '1' in one and 'x'"));
            Assert.That(() => PairedDifference.Of(Score(Accuracy, 1, 0), Score(Loss, 1, 0)), Throws.ArgumentException);
            Assert.That(() => PairedDifference.Of(Score(Accuracy, 1, 0), Score(Accuracy, 1, 0, 1)), Throws.ArgumentException);
            Assert.That(() => PairedDifference.Of(new TaskScore(Accuracy, 1), new TaskScore(Accuracy, 1)), Throws.ArgumentException);
            Assert.That(() => PairedDifference.Of(new EvaluationResult("a", [Score(Accuracy, 1, 0)]), new EvaluationResult("b", [Score(Loss, 1, 0)])), Throws.ArgumentException);
        }
    }

    private static TaskScore Score(TaskInfo task, params double[] values) => TaskScore.OfMean(task, [.. values.Select((value, i) => new ExampleOutcome($"{i}", value))]);
}
