using ModelRuntime.Kernels;
using ModelTensors;

namespace ModelRuntime.Tests.Kernels;

/// <summary>The sum of squares beside a loop in double.</summary>
[Category("Kernels")]
public sealed class SquareSumKernelTests
{
    [Test]
    public void Sum_OfEveryRemainder_IsTheSumOfSquares()
    {
        for (int length = 0; length <= 70; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(i => (Philox.Draw(i, new PhiloxKey(9, 9)) / 32768f) - 1)];
            Assert.That(SquareSumKernel.Sum(values), Is.EqualTo(values.Sum(value => (double)value * value)).Within(1e-13));
        }
    }

    [Test]
    public void Sum_OfTheLargestFloats_IsFinite() =>
        Assert.That(SquareSumKernel.Sum([float.MaxValue, float.MinValue]), Is.EqualTo(2 * (double)float.MaxValue * float.MaxValue));

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(float.NegativeInfinity)]
    public void Sum_OfAnElementThatIsNotFinite_IsNotFinite(float element)
    {
        for (int place = 0; place < 20; place++)
        {
            float[] values = new float[20];
            values[place] = element;
            Assert.That(double.IsFinite(SquareSumKernel.Sum(values)), Is.False);
        }
    }
}
