using ModelRuntime.Kernels;
using ModelTensors;

namespace ModelRuntime.Tests.Kernels;

/// <summary>The kernel beside the formula in double.</summary>
[Category("Kernels")]
public sealed class AdamWKernelTests
{
    private static readonly AdamWStep Step = new(0.5, 0.9, 0.999, 1 - (1e-3 * 0.01), 1e-3 / (1 - 0.729), 1 / Math.Sqrt(1 - (0.999 * 0.999 * 0.999)), 1e-8);

    [Test]
    public void Apply_OfEveryRemainder_IsTheFormula()
    {
        for (int length = 0; length <= 70; length++)
        {
            float[] values = Draw(length, 1, 2);
            float[] gradients = Draw(length, 2, 1e-3f);
            float[] means = Draw(length, 3, 1e-3f);
            float[] squares = [.. Draw(length, 4, 1e-3f).Select(value => value * value)];
            float[] nextValues = [.. values];
            float[] nextMeans = [.. means];
            float[] nextSquares = [.. squares];
            AdamWKernel.Apply(nextValues, gradients, nextMeans, nextSquares, Step);
            using (Assert.EnterMultipleScope())
            {
                for (int i = 0; i < length; i++)
                {
                    double gradient = gradients[i] * Step.GradientScale;
                    double mean = (Step.Beta1 * means[i]) + ((1 - Step.Beta1) * gradient);
                    double square = (Step.Beta2 * squares[i]) + ((1 - Step.Beta2) * gradient * gradient);
                    double value = (values[i] * Step.Kept) - (Step.StepSize * mean / ((Math.Sqrt(square) * Step.RootScale) + Step.Epsilon));
                    Assert.That(nextMeans[i], Is.EqualTo((float)mean).Within(1).Ulps);
                    Assert.That(nextSquares[i], Is.EqualTo((float)square).Within(1).Ulps);
                    Assert.That(nextValues[i], Is.EqualTo((float)value).Within(1).Ulps);
                }
            }
        }
    }

    [Test]
    public void Apply_OfAnElement_IsTheSameInVectorsAndRemainders()
    {
        // Sixteen and fifteen elements: all in one vector, or none.
        float[] values = Draw(16, 1, 2);
        float[] gradients = Draw(16, 2, 1e-3f);
        float[] means = Draw(16, 3, 1e-3f);
        float[] squares = [.. Draw(16, 4, 1e-3f).Select(value => value * value)];
        (float[] Values, float[] Means, float[] Squares) one = ([.. values[..15]], [.. means[..15]], [.. squares[..15]]);
        AdamWKernel.Apply(one.Values, gradients.AsSpan(0, 15), one.Means, one.Squares, Step);
        AdamWKernel.Apply(values, gradients, means, squares, Step);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(values[..15], Is.EqualTo(one.Values));
            Assert.That(means[..15], Is.EqualTo(one.Means));
            Assert.That(squares[..15], Is.EqualTo(one.Squares));
        }
    }

    [Test]
    public void Apply_WithoutGradients_OnlyDecays()
    {
        float[] values = [1, -2, 3];
        AdamWKernel.Apply(values, new float[3], new float[3], new float[3], Step with { Kept = 0.5 });
        Assert.That(values, Is.EqualTo([0.5f, -1, 1.5f]));
    }

    [Test]
    public void Apply_OfAShorterSpan_Throws() =>
        Assert.That(() => AdamWKernel.Apply(new float[3], new float[2], new float[3], new float[3], Step), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static float[] Draw(int length, uint stream, float scale) =>
        [.. Enumerable.Range(0, length).Select(i => scale * ((Philox.Draw(i, new PhiloxKey(5, stream)) / 32768f) - 1))];
}
