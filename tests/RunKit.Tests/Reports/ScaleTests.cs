using RunKit.Reports;

namespace RunKit.Tests.Reports;

/// <summary>Axes and their ticks.</summary>
public sealed class ScaleTests
{
    [TestCase(0, 1, "0|0.2|0.4|0.6|0.8|1.0")]
    [TestCase(-3, 7, "-2|0|2|4|6")]
    [TestCase(0, 0.0023, "0|0.0005|0.0010|0.0015|0.0020")]
    [TestCase(0, 4_200_000, "0|1e6|2e6|3e6|4e6")]
    [TestCase(0, 4.1e-7, "0|1e-7|2e-7|3e-7|4e-7")]
    [TestCase(100.1, 100.2, "100.10|100.12|100.14|100.16|100.18|100.20")]
    public void Ticks_AreRoundNumbersInTheRange(double minimum, double maximum, string expected)
    {
        Assert.That(string.Join('|', Scale.Of([minimum, maximum]).Ticks(6).Select(tick => tick.Label)), Is.EqualTo(expected));
    }

    [Test]
    public void Ticks_OfManyRanges_AreInsideDistinctAndFew()
    {
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < 400; i++)
            {
                double size = Math.Pow(10, (i % 40 * 15) - 290);
                Scale scale = Scale.Of([-size * (i / 40), size * (1 + (i / 7.0))]);
                (double Value, string Label)[] ticks = scale.Ticks(6);
                Assert.That(ticks, Has.Length.InRange(2, 7), $"{i}");
                Assert.That(ticks.Select(tick => scale.Fraction(tick.Value)), Is.All.InRange(-1e-9, 1 + 1e-9), $"{i}");
                Assert.That(ticks.Select(tick => tick.Label).Distinct(StringComparer.Ordinal).Count(), Is.EqualTo(ticks.Length), $"{i}");
            }
        }
    }

    [TestCase(5)]
    [TestCase(0)]
    [TestCase(-1e-300)]
    [TestCase(double.MaxValue)]
    public void Of_OneNumber_SpansItWithAMargin(double value)
    {
        Scale scale = Scale.Of([value, double.NaN]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(scale.Minimum, Is.LessThan(scale.Maximum));
            Assert.That(scale.Fraction(value), Is.InRange(0.0, 1.0));
            Assert.That(scale.Ticks(6), Is.Not.Empty);
        }
    }
}
