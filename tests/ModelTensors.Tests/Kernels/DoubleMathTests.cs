using System.Runtime.Intrinsics;
using ModelTensors.Kernels;

namespace ModelTensors.Tests.Kernels;

[Category("Kernels")]
public sealed class DoubleMathTests
{
    private const int Count = 200_000;

    [TestCase(-708, 709)]
    [TestCase(-40, 0)]
    [TestCase(-1e-6, 1e-6)]
    public void Exp_OfAnyArgument_IsWithinTwoUnits(double lowest, double highest)
    {
        double worst = 0;
        for (int i = 0; i <= Count; i++)
        {
            double value = lowest + ((highest - lowest) * i / Count);
            worst = Math.Max(worst, Units(DoubleMath.Exp(Vector512.Create(value)).ToScalar(), Math.Exp(value)));
        }

        Assert.That(worst, Is.LessThanOrEqualTo(2));
    }

    [TestCase(1e-8, 1e8)]
    [TestCase(0.999999, 1.000001)]
    [TestCase(0.5, 2)]
    public void Log_OfAnyQuotient_IsWithinTwoUnits(double lowest, double highest)
    {
        double worst = 0;
        for (int i = 0; i <= Count; i++)
        {
            double value = lowest * Math.Pow(highest / lowest, (double)i / Count);
            worst = Math.Max(worst, Units(DoubleMath.Log(Vector512.Create(value)).ToScalar(), Math.Log(value)));
        }

        Assert.That(worst, Is.LessThanOrEqualTo(2));
    }

    [Test]
    public void ExpAndLog_OfSpecialValues_AreWhatIsSaid()
    {
        Vector512<double> exp = DoubleMath.Exp(Vector512.Create(0, -0.0, double.NegativeInfinity, -709, -1e300, double.NaN, 1, -708));
        Vector512<double> log = DoubleMath.Log(Vector512.Create(1, double.NaN, Math.E, 2, 0.5, 1e-8, 1e8, 4));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((exp[0], exp[1], exp[2], exp[3], exp[4], exp[5]), Is.EqualTo((1.0, 1.0, 0.0, 0.0, 0.0, double.NaN)));
            Assert.That(exp[7], Is.GreaterThan(0));
            Assert.That((log[0], log[1], log[3]), Is.EqualTo((0.0, double.NaN, Math.Log(2))));
        }
    }

    // The suite runs again without vectors: a constant shows that the bits do not depend on them.
    [Test]
    public void ExpAndLog_GiveTheSameBitsOnEveryMachine()
    {
        ulong hash = 0;
        for (int i = 1; i <= 4096; i++)
        {
            double exp = DoubleMath.Exp(Vector512.Create(-i / 128.0)).ToScalar();
            double log = DoubleMath.Log(Vector512.Create(i / 1024.0)).ToScalar();
            hash = (hash * 0x9E37_79B9_7F4A_7C15) + BitConverter.DoubleToUInt64Bits(exp) + (3 * BitConverter.DoubleToUInt64Bits(log));
        }

        Assert.That(hash, Is.EqualTo(0xDCAF_BFC6_3222_AF40UL));
    }

    private static double Units(double actual, double expected) =>
        expected == 0 ? (actual == 0 ? 0 : double.PositiveInfinity) : Math.Abs(actual - expected) / (Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected));
}
