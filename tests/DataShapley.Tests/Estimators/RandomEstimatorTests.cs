using DataShapley.Estimators;

namespace DataShapley.Tests.Estimators;

public sealed class RandomEstimatorTests
{
    [Test]
    public async Task Values_FollowFromTheSeedAlone_WithoutAnEvaluation()
    {
        ValuationResult first = await Valuations.RunAsync(new RandomEstimator(), Valuations.Rough(6), seed: 4);
        ValuationResult again = await Valuations.RunAsync(new RandomEstimator(), Valuations.Rough(6, 9), seed: 4);
        ValuationResult other = await Valuations.RunAsync(new RandomEstimator(), Valuations.Rough(6), seed: 5);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Values, Is.EqualTo(first.Values));
            Assert.That(other.Values, Is.Not.EqualTo(first.Values));
            Assert.That(first.Values, Is.All.InRange(0, 1));
            Assert.That(first.Values, Is.Unique);
            Assert.That(first.EvaluationCounts.Evaluated, Is.Zero);
            Assert.That(first.StandardErrors, Is.All.NaN);
        }
    }
}
