using DataShapley.Statistics;
using FsCheck;
using FsCheck.Fluent;
using NUnitProperty = FsCheck.NUnit.PropertyAttribute;

namespace DataShapley.Tests.Statistics;

/// <summary>Correlations against their definitions.</summary>
public sealed class RankCorrelationTests
{
    // By hand: ranks 1, 2.5, 2.5, 4 and 2, 1, 3, 4; Kendall: 4 concordant, 1 discordant, 1 tied.
    [Test]
    public void Correlations_OfASmallCase_AreThoseByHand()
    {
        double[] a = [1, 2, 2, 3];
        double[] b = [5, 4, 6, 7];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RankCorrelation.Spearman(a, b), Is.EqualTo(3 / Math.Sqrt(4.5 * 5)).Within(1e-15));
            Assert.That(RankCorrelation.Kendall(a, b), Is.EqualTo(3 / Math.Sqrt(30)).Within(1e-15));
            Assert.That(RankCorrelation.Pearson(a, b), Is.EqualTo(2 / Math.Sqrt(2 * 5)).Within(1e-15));
        }
    }

    [Test]
    public void Correlations_OfManyLists_AreThoseOfTheNaiveReference([Range(0, 40)] int length, [Values(3, 1000)] int distinct)
    {
        Random random = new((length * 7) + distinct);
        double[] a = [.. Enumerable.Range(0, length).Select(_ => (double)random.Next(distinct))];
        double[] b = [.. a.Select(value => (value / 2) + random.Next(distinct))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RankCorrelation.Kendall(a, b), Is.EqualTo(NaiveKendall(a, b)).Within(1e-14));
            Assert.That(RankCorrelation.Spearman(a, b), Is.EqualTo(NaivePearson(NaiveRanks(a), NaiveRanks(b))).Within(1e-13));
            Assert.That(RankCorrelation.Pearson(a, b), Is.EqualTo(NaivePearson(a, b)).Within(1e-12));
        }
    }

    [NUnitProperty]
    public Property Correlations_AreSymmetricBoundedAndFollowOrder() => Prop.ForAll(
        ArbMap.Default.ArbFor<(sbyte, sbyte)[]>(),
        pairs =>
        {
            double[] a = [.. pairs.Select(pair => (double)pair.Item1)];
            double[] b = [.. pairs.Select(pair => (double)pair.Item2)];
            double[] raised = [.. b.Select(value => (value * value * value) + 7)];
            double[] turned = [.. b.Select(value => -value)];
            return ((Func<double[], double[], double>[])[(x, y) => RankCorrelation.Spearman(x, y), (x, y) => RankCorrelation.Kendall(x, y)]).All(correlation =>
            {
                double value = correlation(a, b);
                return value.Equals(correlation(b, a))
                    && value.Equals(correlation(a, raised))
                    && value.Equals(-correlation(a, turned))
                    && value is not (< -1 or > 1)
                    && correlation(a, a) is 1 or double.NaN;
            });
        });

    [Test]
    public void Correlations_OfConstantOrShortLists_AreNaN()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (Func<double[], double[], double> correlation in Correlations)
            {
                Assert.That(correlation([], []), Is.NaN);
                Assert.That(correlation([1], [2]), Is.NaN);
                Assert.That(correlation([0.1, 0.1, 0.1], [1, 2, 3]), Is.NaN);
                Assert.That(() => correlation([1], []), Throws.ArgumentException);
            }
        }
    }

    [Test]
    public void Correlations_OfPairsWithNaN_LeaveThemOut()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (Func<double[], double[], double> correlation in Correlations)
            {
                Assert.That(correlation([1, double.NaN, 2, 4], [1, 5, 3, 2]), Is.EqualTo(correlation([1, 2, 4], [1, 3, 2])));
            }
        }
    }

    [Test]
    public void Pearson_OfHugeAndTinyNumbers_DoesNotOverflow() =>
        Assert.That(RankCorrelation.Pearson([1e300, 2e300, 3e300], [1e-300, 2e-300, 3e-300]), Is.EqualTo(1).Within(1e-15));

    private static Func<double[], double[], double>[] Correlations =>
    [
        (x, y) => RankCorrelation.Spearman(x, y), (x, y) => RankCorrelation.Kendall(x, y), (x, y) => RankCorrelation.Pearson(x, y),
    ];

    private static double NaiveKendall(double[] a, double[] b)
    {
        (long difference, long first, long second) = (0, 0, 0);
        for (int i = 0; i < a.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                (int x, int y) = (a[i].CompareTo(a[j]), b[i].CompareTo(b[j]));
                difference += x * y;
                first += x * x;
                second += y * y;
            }
        }

        return difference / Math.Sqrt((double)first * second);
    }

    private static double[] NaiveRanks(double[] values) => [.. values.Select(value => values.Count(other => other < value) + ((values.Count(other => other == value) + 1) / 2.0))];

    private static double NaivePearson(double[] a, double[] b)
    {
        if (a.Length == 0 || a.All(value => value == a[0]) || b.All(value => value == b[0]))
        {
            return double.NaN;
        }

        (double first, double second) = (a.Average(), b.Average());
        return a.Zip(b, (x, y) => (x - first) * (y - second)).Sum() / Math.Sqrt(a.Sum(x => (x - first) * (x - first)) * b.Sum(y => (y - second) * (y - second)));
    }
}
