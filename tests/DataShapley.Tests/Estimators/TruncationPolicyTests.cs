using DataShapley.Estimators.Truncations;

namespace DataShapley.Tests.Estimators;

public sealed class TruncationPolicyTests
{
    [Test]
    public void None_NeverStops() => Assert.That(TruncationPolicy.None.Begin(5, 1), Is.Null);

    [TestCase(0.5, 2)]
    [TestCase(0.51, 3)]
    [TestCase(1.0, 4)]
    [TestCase(0.01, 1)]
    public void Fixed_StopsAfterTheShare(double fraction, int steps) => Assert.That(StopsAt(TruncationPolicy.Fixed(fraction), 0, 9, 9, 9, 9), Is.EqualTo(steps));

    [Test]
    public void Relative_StopsNearTheEnd_AlsoOfNegativeValues()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(StopsAt(TruncationPolicy.Relative(0.1), 10, 5, 9.1, 10), Is.EqualTo(2));
            Assert.That(StopsAt(TruncationPolicy.Relative(0.1), -10, -5, -9.1, -10), Is.EqualTo(2));
            Assert.That(StopsAt(TruncationPolicy.Relative(0.1, burnIn: 1), 10, 10, 10, 10), Is.EqualTo(3));
            Assert.That(StopsAt(TruncationPolicy.Relative(0.1), 10, 5, double.NaN, 20), Is.Null);
            Assert.That(StopsAt(TruncationPolicy.Relative(0.1), double.NaN, 5, 6, 7), Is.Null);
            Assert.That(StopsAt(new RelativeTruncation(0) { AbsoluteTolerance = 0.5 }, 0, 1, 0.5), Is.EqualTo(2));
        }
    }

    [Test]
    public void GhorbaniZou_WantsMoreThanFiveStepsInARow()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(StopsAt(TruncationPolicy.GhorbaniZou, 100, 99, 99.5, 100, 100, 101, 101, 100), Is.EqualTo(6));
            Assert.That(StopsAt(TruncationPolicy.GhorbaniZou, 100, 100, 100, 100, 100, 100, 98, 100, 100), Is.Null);
        }
    }

    [Test]
    public void Deviation_MeasuresByTheOrdersOwnValues()
    {
        using (Assert.EnterMultipleScope())
        {
            // Values 0 and 8 have a deviation of 5.66; 8 is 2 from the end.
            Assert.That(StopsAt(TruncationPolicy.Deviation(1), 10, 0, 8, 9), Is.EqualTo(2));
            Assert.That(StopsAt(TruncationPolicy.Deviation(0.1), 10, 0, 8, 9), Is.Null);
            Assert.That(StopsAt(TruncationPolicy.Deviation(5), 10, 10, 10, 10), Is.Null, "equal values have no deviation");
        }
    }

    [Test]
    public void Settings_OutsideTheirRange_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => TruncationPolicy.Fixed(0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => TruncationPolicy.Fixed(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => TruncationPolicy.Relative(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => TruncationPolicy.Relative(0.1, burnIn: 2), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => TruncationPolicy.Relative(0.1, consecutiveSteps: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => TruncationPolicy.Deviation(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static int? StopsAt(TruncationPolicy policy, double end, params double[] values)
    {
        Func<int, double, bool> stops = policy.Begin(values.Length, end)!;
        for (int i = 0; i < values.Length; i++)
        {
            if (stops(i + 1, values[i]))
            {
                return i + 1;
            }
        }

        return null;
    }
}
