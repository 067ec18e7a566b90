using DataShapley.Games;
using DataShapley.Stopping;
using DataShapley.Tests.Estimators;

namespace DataShapley.Tests.Stopping;

public sealed class StandardErrorTests
{
    [Test]
    public void AbsoluteStandardError_AsksEveryPlayerOrAShare()
    {
        StoppingMoment moment = Moments.At(100, [1, 2, 3, 4], [0.1, 0.1, 0.1, 0.5]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Decide(new AbsoluteStandardError(0.2), moment), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(Decide(new AbsoluteStandardError(0.2) { Fraction = 0.75 }, moment), Is.EqualTo(StoppingDecision.Converged));
            Assert.That(Decide(new AbsoluteStandardError(0.5), moment), Is.EqualTo(StoppingDecision.Converged));
            Assert.That(new AbsoluteStandardError(0.25).Begin(Moments.Start(4)).Completion(moment), Is.EqualTo(0.25).Within(1e-12));
        }
    }

    [Test]
    public void RelativeStandardError_IsAShareOfTheLargestValue_WhateverTheUnits([Values(1e-6, 1, 1e6)] double unit)
    {
        StoppingMoment moment = Moments.At(100, [-10 * unit, unit], [0.4 * unit, 0.4 * unit]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Decide(new RelativeStandardError(0.05), moment), Is.EqualTo(StoppingDecision.Converged));
            Assert.That(Decide(new RelativeStandardError(0.03), moment), Is.EqualTo(StoppingDecision.Continue));
        }
    }

    // Two samples that agree have a variance of 0; a rule without a burn-in takes it for certainty.
    [Test]
    public void AFewSamplesThatAgree_AreNotBelieved_ExactValuesAre()
    {
        StoppingMoment few = Moments.At(4, [1], [0]);
        StoppingMoment enough = Moments.At(5, [1], [0]);
        StoppingMoment exact = few with { Estimate = few.Estimate with { DegreesOfFreedom = [double.PositiveInfinity] } };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Decide(new AbsoluteStandardError(0.1), few), Is.EqualTo(StoppingDecision.Continue));
            Assert.That(Decide(new AbsoluteStandardError(0.1), enough), Is.EqualTo(StoppingDecision.Converged));
            Assert.That(Decide(new AbsoluteStandardError(0.1), exact), Is.EqualTo(StoppingDecision.Converged));
        }
    }

    [Test]
    public void InfiniteErrors_NeverConverge() =>
        Assert.That(Decide(new AbsoluteStandardError(0.1), Moments.At(100, [1], [double.PositiveInfinity])), Is.EqualTo(StoppingDecision.Continue));

    [Test]
    public void ErrorsThatAnEstimatorDoesNotGive_AreNotWaitedFor() => Assert.That(
        () => Decide(new AbsoluteStandardError(0.1), Moments.At(100, [1], [double.NaN])), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnsuitableIntervals));

    [Test]
    public async Task ARun_EndsWithTheErrorThatWasAskedFor_OnAnyNumberOfWorkers([Values(1, 4)] int workers)
    {
        ValuationRecipe recipe = new(new MarginalOfOne()) { Stop = new AbsoluteStandardError(0.05), Evaluation = new EvaluationOptions { Workers = workers } };

        ValuationResult result = await new DataValuator().ValueAsync(new TableUtility("table", [0, 1, 2, 5, 0, 2, 1, 7]), recipe);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Status, Is.EqualTo(ValuationStatus.Converged));
            Assert.That(result.StandardErrors.Max(), Is.LessThanOrEqualTo(0.05).And.GreaterThan(0.045));
        }
    }

    [Test]
    public void Settings_Outside_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new AbsoluteStandardError(0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new RelativeStandardError(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AbsoluteStandardError(1) { Fraction = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new RelativeStandardError(1) { BurnIn = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static StoppingDecision Decide(StoppingRule rule, StoppingMoment moment) => rule.Begin(Moments.Start(moment.Estimate.Values.Length)).Check(moment);
}
