using ModelRuntime.Encoders;
using ModelRuntime.Kernels;

namespace ModelRuntime.Tests.Kernels;

[Category("Kernels")]
public sealed class EncoderKernelsTests
{
    private static readonly double[] ErrorFunctionValues =
    [
        // erf(x / √2) for x = 0, ½, 1, … 6, from tables of the normal distribution: 2Φ(x) − 1.
        0, 0.38292492254802624, 0.6826894921370859, 0.8663855974622838, 0.9544997361036416, 0.9875806693484477, 0.9973002039367398,
        0.9995347418419289, 0.9999366575163338, 0.9999932046537506, 0.9999994266968562, 0.9999999620208750, 0.9999999980268246,
    ];

    [Test]
    public void Gelu_AtTabulatedPlaces_IsWithinATenMillionth([Values(1, 15, 16, 17, 40)] int length)
    {
        float[] row = new float[length];
        float[] bias = new float[length];
        for (int i = 0; i < length; i++)
        {
            row[i] = Place(i) - 0.25f;
            bias[i] = 0.25f;
        }

        EncoderActivationKernel.Apply(row, bias, EncoderActivation.Gelu);

        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < length; i++)
            {
                double x = Place(i);
                double expected = x * 0.5 * (1 + (Math.Sign(x) * ErrorFunctionValues[(int)(2 * Math.Abs(x))]));
                Assert.That(row[i], Is.EqualTo(expected).Within(1e-7 * Math.Max(1, Math.Abs(x))), $"x = {x}");
            }
        }
    }

    [Test]
    public void Gelu_OnAFineGrid_FollowsTheSeriesOfTheErrorFunction()
    {
        double worst = 0;
        for (double x = -9; x <= 9; x += 0.003)
        {
            float[] row = [(float)x];
            double exact = row[0] * 0.5 * (1 + ErrorFunction(row[0] / Math.Sqrt(2)));
            EncoderActivationKernel.Apply(row, [0f], EncoderActivation.Gelu);
            worst = Math.Max(worst, Math.Abs(row[0] - exact) / Math.Max(1, Math.Abs(exact)));
        }

        Assert.That(worst, Is.LessThan(1e-7));
    }

    [Test]
    public void TanhGelu_OnAGrid_IsItsFormula()
    {
        for (double x = -40; x <= 40; x += 0.37)
        {
            float[] row = [(float)x];
            double value = row[0];
            EncoderActivationKernel.Apply(row, [0f], EncoderActivation.TanhGelu);
            double exact = 0.5 * value * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (value + (0.044715 * value * value * value))));
            Assert.That(row[0], Is.EqualTo(exact).Within(1e-7 * Math.Max(1, Math.Abs(exact))), $"x = {value}");
        }
    }

    [Test]
    public void Tanh_OnAGrid_IsTheHyperbolicTangent()
    {
        for (double x = -400; x <= 400; x += 0.61)
        {
            float[] row = [(float)x];
            double exact = Math.Tanh(row[0] + 0.5f);
            EncoderActivationKernel.Tanh(row, [0.5f]);
            Assert.That(row[0], Is.EqualTo(exact).Within(1e-7), $"x = {x}");
        }
    }

    [Test]
    public void Relu_OfARow_TakesNegativesAway()
    {
        float[] row = [-1, 0, 2];

        EncoderActivationKernel.Apply(row, [0.5f, 0, -1], EncoderActivation.Relu);

        Assert.That(row, Is.EqualTo((float[])[0, 0, 1]));
    }

    [Test]
    public void LayerNorm_AtAllLengths_IsTheDoubleReference()
    {
        for (int length = 1; length <= 70; length++)
        {
            float[] row = Draw(length, 1);
            float[] gain = Draw(length, 2);
            float[] bias = Draw(length, 3);
            double mean = row.Average(value => (double)value);
            double variance = row.Average(value => (value - mean) * (value - mean));
            double[] expected = [.. row.Select((value, i) => ((value - mean) / Math.Sqrt(variance + 1e-5) * gain[i]) + bias[i])];

            LayerNormKernel.Apply(row, gain, bias, 1e-5);

            for (int i = 0; i < length; i++)
            {
                Assert.That(row[i], Is.EqualTo(expected[i]).Within(3e-7 * Math.Max(1, Math.Abs(expected[i]))), $"length {length}, column {i}");
            }
        }
    }

    [Test]
    public void LayerNorm_OfLargeEqualOffsets_LosesNothingToCancellation()
    {
        float[] row = [.. Enumerable.Range(0, 33).Select(i => 100000f + (i % 2))];

        LayerNormKernel.Apply(row, [.. Enumerable.Repeat(1f, 33)], new float[33], 0);

        double mean = 16.0 / 33;
        double deviation = Math.Sqrt(mean * (1 - mean));
        Assert.That(row[0], Is.EqualTo(-mean / deviation).Within(1e-6));
    }

    private static float Place(int i) => ((i % 25) - 12) / 2f;

    private static float[] Draw(int length, uint stream)
    {
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = (ModelTensors.Philox.Draw(i, new ModelTensors.PhiloxKey(7, stream)) / 32768f) - 1;
        }

        return values;
    }

    // 2/√π · e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!: all terms have one sign, so nothing cancels.
    private static double ErrorFunction(double x)
    {
        double term = x;
        double sum = x;
        for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum) && n < 1000; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
