using DataShapley.Estimators;

namespace DataShapley.Tests.Estimators;

public sealed class GroupTestingEstimatorTests
{
    [Test]
    public async Task Values_OfAnyBudget_SumToTheWhole([Values(3, 4, 50)] int budget)
    {
        ValuationResult result = await CoalitionRuns.RunAsync(CoalitionRuns.Uneven, new GroupTestingEstimator(), budget);

        Assert.That(result.Values.Sum(), Is.EqualTo(8).Within(1e-12));
    }

    [Test]
    public void SampleBound_OfTwoPlayers_IsTheFormula()
    {
        // Z = 2 and no two players agree: ln(2/0.05) / h(0.1 / (4 √2)).
        double u = 0.1 / (4 * Math.Sqrt(2));

        double bound = GroupTestingEstimator.SampleBound(2, error: 0.1, confidence: 0.95);

        Assert.That(bound, Is.EqualTo(Math.Ceiling(Math.Log(2 / 0.05) / (((1 + u) * Math.Log(1 + u)) - u))).Within(1));
    }

    [Test]
    public void SampleBound_OfASmallError_GrowsWithItsInverseSquare()
    {
        double coarse = GroupTestingEstimator.SampleBound(100, error: 1e-3);
        double fine = GroupTestingEstimator.SampleBound(100, error: 1e-4);

        Assert.That(fine / coarse, Is.EqualTo(100).Within(0.1).Percent);
    }
}
