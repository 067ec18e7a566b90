using DataShapley.Statistics;

namespace DataShapley.Tests.Statistics;

public sealed class RankCorrelationTests
{
    [Test]
    public void Spearman_WorkedByHand_IsOneMinusSixSquaresOfRankDifferences()
    {
        // Ranks 1 2 3 4 5 and 2 1 4 3 5: Σd² = 4, ρ = 1 − 6·4 / (5·24).
        Assert.That(RankCorrelation.Spearman([10, 20, 30, 40, 50], [0.2, 0.1, 0.4, 0.3, 9]), Is.EqualTo(0.8).Within(1e-15));
    }

    [Test]
    public void Spearman_WithTies_IsPearsonsOfMeanRanks()
    {
        // Ranks 1.5 1.5 3 and 1 2 3: covariance 1.5, variances 1.5 and 2.
        Assert.That(RankCorrelation.Spearman([7, 7, 8], [1, 2, 3]), Is.EqualTo(1.5 / Math.Sqrt(3)).Within(1e-15));
    }

    [Test]
    public void Spearman_OfEqualValues_IsOneForTwoOfThemAndZeroForOne()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RankCorrelation.Spearman([1, 1, 1], [4, 4, 4]), Is.EqualTo(1));
            Assert.That(RankCorrelation.Spearman([1, 1, 1], [4, 5, 6]), Is.Zero);
            Assert.That(RankCorrelation.Spearman([1], [2]), Is.EqualTo(1));
            Assert.That(RankCorrelation.Spearman([1, 2, 3], [6, 5, 4]), Is.EqualTo(-1));
        }
    }

    [Test]
    public void Spearman_OfWhatHasNoOrder_IsRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => RankCorrelation.Spearman([1, 2], [1]), Throws.ArgumentException);
            Assert.That(() => RankCorrelation.Spearman([1, double.NaN], [1, 2]), Throws.ArgumentException);
        }
    }
}
