using DataShapley.Results;

namespace DataShapley.Tests.Results;

/// <summary>Two valuations side by side, and several.</summary>
public sealed class ValuationComparisonTests
{
    [Test]
    public void Of_TwoValuations_SharesTheirEnds()
    {
        ValuationComparison comparison = ValuationComparison.Of([5, 4, 3, 2, 1, double.NaN], [5, 3, 4, 1, 2, 9], selectionSize: 2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(comparison.Players, Is.EqualTo(5));
            Assert.That(comparison.TopOverlap, Is.EqualTo(0.5));
            Assert.That(comparison.BottomOverlap, Is.EqualTo(1));
            Assert.That(comparison.Spearman, Is.EqualTo(0.8).Within(1e-15));
            Assert.That(comparison.Kendall, Is.EqualTo(0.6).Within(1e-15));
        }
    }

    [Test]
    public void Of_AResultAndItself_IsFullAgreement()
    {
        ValuationResult result = new([0.3, -1, 2.5, 0.3], [0, 0, 0, 0], [1, 1, 1, 1]);
        Assert.That(ValuationComparison.Of(result, result), Is.EqualTo(new ValuationComparison(4, 1, 1, 1, 1, 1, 1)));
    }

    [Test]
    public void Of_WhatCannotBeCompared_IsRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => ValuationComparison.Of([1], [1, 2]), Throws.ArgumentException);
            Assert.That(() => ValuationComparison.Of([double.NaN], [1]), Throws.ArgumentException);
            Assert.That(() => ValuationComparison.Of([1], [1], 2), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => ValuationComparison.Of([1], [1], 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    // Pairs of three runs: 1, −1, −1.
    [Test]
    public void Stability_IsTheMeanOverPairs()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SeedStability.Of([1, 2, 3], [2, 4, 9], [3, 2, 1]), Is.EqualTo(new SeedStability(3, -1 / 3.0, -1)));
            Assert.That(() => SeedStability.Of([1, 2, 3]), Throws.ArgumentException);
            Assert.That(() => SeedStability.Of([1, 2, 3], [1]), Throws.ArgumentException);
        }
    }
}
