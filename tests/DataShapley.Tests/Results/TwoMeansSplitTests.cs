using DataShapley.Results;

namespace DataShapley.Tests.Results;

/// <summary>The exact division into two groups.</summary>
public sealed class TwoMeansSplitTests
{
    [Test]
    public void Of_TwoClouds_PartsThem()
    {
        TwoMeansSplit split = TwoMeansSplit.Of([10, 1, 12, 2, double.NaN, 3]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(split.Low, Is.EqualTo([1, 3, 5]));
            Assert.That(split.Threshold, Is.EqualTo(3));
            Assert.That(split.LowMean, Is.EqualTo(2).Within(1e-15));
            Assert.That(split.HighMean, Is.EqualTo(11).Within(1e-14));
        }
    }

    [Test]
    public void Of_ManyLists_HasTheLeastSumOfSquaresOfAllDivisions([Range(2, 30)] int length, [Values(4, 1000)] int distinct)
    {
        Random random = new((length * 3) + distinct);
        double[] values = [.. Enumerable.Range(0, length).Select(_ => random.Next(distinct) * 0.37), -1];
        double[] sorted = [.. values.Order()];
        double best = Enumerable.Range(1, length).Min(size => SumOfSquares(sorted[..size]) + SumOfSquares(sorted[size..]));
        TwoMeansSplit split = TwoMeansSplit.Of(values);
        double actual = SumOfSquares([.. split.Low.Select(i => values[i])]) + SumOfSquares([.. Enumerable.Range(0, values.Length).Except(split.Low).Select(i => values[i])]);
        Assert.That(actual, Is.EqualTo(best).Within(1e-9 * (1 + best)));
    }

    [Test]
    public void Of_NumbersFarFromZero_OrOfAnySize_PartsThemAlike()
    {
        double[] values = [0, 1, 2, 10, 11, 12];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TwoMeansSplit.Of([.. values.Select(value => value + 1e9)]).Low, Is.EqualTo([0, 1, 2]));
            Assert.That(TwoMeansSplit.Of([.. values.Select(value => value * 1e306)]).Low, Is.EqualTo([0, 1, 2]));
            Assert.That(TwoMeansSplit.Of([.. values.Select(value => value * 1e-306)]).Low, Is.EqualTo([0, 1, 2]));
            Assert.That(TwoMeansSplit.Of([-double.MaxValue, double.MaxValue]).Low, Is.EqualTo([0]));
        }
    }

    [Test]
    public void Of_EqualOrNoNumbers_FlagsNone()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TwoMeansSplit.Of([0.1, 0.1, 0.1]).Low, Is.Empty);
            Assert.That(TwoMeansSplit.Of([5]).Low, Is.Empty);
            Assert.That(TwoMeansSplit.Of([double.NaN]).Low, Is.Empty);
            Assert.That(TwoMeansSplit.Of([]).Threshold, Is.NaN);
            Assert.That(() => TwoMeansSplit.Of([1, double.PositiveInfinity]), Throws.ArgumentException);
        }
    }

    private static double SumOfSquares(double[] values)
    {
        double mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean));
    }
}
