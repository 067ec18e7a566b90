using System.Runtime.Intrinsics;
using ModelRuntime.Kernels;

namespace ModelRuntime.Tests.Kernels;

/// <summary>Every kernel beside its formula in scalar double precision, for lengths below, at and between whole vectors.</summary>
[Category("Kernels")]
public sealed unsafe class KernelTests
{
    private static readonly int[] Lengths = [1, 7, 12, 15, 16, 17, 31, 48, 100];

    [Test]
    public void Exp_WholeRange_IsWithinTwoUnits()
    {
        double largest = 0;
        for (int i = 0; i < 200_000; i++)
        {
            float x = -87.3f + (i * (88.7f + 87.3f) / 200_000);
            float actual = FloatMath.Exp(Vector512.Create(x)).GetElement(3);
            double expected = Math.Exp(x);
            largest = Math.Max(largest, Math.Abs(actual - expected) / (MathF.BitIncrement((float)expected) - (float)expected));
        }

        Assert.That(largest, Is.LessThan(2));
    }

    [TestCase(0f, 1f)]
    [TestCase(-88f, 0f)]
    [TestCase(float.NegativeInfinity, 0f)]
    [TestCase(float.NaN, float.NaN)]
    public void Exp_SpecialValue_GivesItsLimit(float x, float expected) =>
        Assert.That(FloatMath.Exp(Vector512.Create(x)).GetElement(0), Is.EqualTo(expected));

    [Test]
    public void Exp_AboveLargest_IsFinite() => Assert.That(float.IsFinite(FloatMath.Exp(Vector512.Create(1000f)).GetElement(0)), Is.True);

    [TestCaseSource(nameof(Lengths))]
    public void RmsNorm_AnyLength_MatchesFormula(int count)
    {
        float[] x = Values(count, 1);
        float[] weight = Values(count, 2);
        float[] actual = new float[count];
        fixed (float* from = x)
        fixed (float* w = weight)
        fixed (float* to = actual)
        {
            RmsNormKernel.Forward(from, w, to, count, 1e-5);
        }

        double scale = 1 / Math.Sqrt(x.Average(value => (double)value * value) + 1e-5);
        Assert.That(actual, Is.EqualTo(x.Zip(weight, (value, factor) => (float)(factor * value * scale))).Within(3e-5).Percent);
    }

    [TestCaseSource(nameof(Lengths))]
    public void RmsNorm_Gradients_MatchDifferences(int count)
    {
        float[] x = Values(count, 3);
        float[] weight = Values(count, 4);
        float[] given = Values(count, 5);
        float[] actual = new float[count];
        float[] weightGradient = new float[count];
        fixed (float* from = x)
        fixed (float* w = weight)
        fixed (float* dy = given)
        fixed (float* dx = actual)
        fixed (float* dw = weightGradient)
        {
            RmsNormKernel.Backward(from, w, dy, dx, count, 1e-5, adds: false);
            RmsNormKernel.AddWeightGradient(from, dy, dw, count, 1e-5);
        }

        double Loss(double[] input, double[] factors) => input.Select((value, i) => given[i] * factors[i] * value / Math.Sqrt(input.Average(other => other * other) + 1e-5)).Sum();
        using (Assert.EnterMultipleScope())
        {
            Compare(actual, Differences(Wide(x), input => Loss(input, Wide(weight))));
            Compare(weightGradient, Differences(Wide(weight), factors => Loss(Wide(x), factors)));
        }
    }

    [TestCaseSource(nameof(Lengths))]
    public void Gate_AnyLength_MatchesFormulaAndDifferences(int count)
    {
        float[] gate = Values(count, 6);
        float[] up = Values(count, 7);
        float[] given = Values(count, 8);
        float[] actual = new float[count];
        float[] gateGradient = [.. gate];
        float[] upGradient = [.. up];
        fixed (float* g = gate)
        fixed (float* u = up)
        fixed (float* h = actual)
        fixed (float* dg = gateGradient)
        fixed (float* du = upGradient)
        fixed (float* dh = given)
        {
            GateKernel.Forward(g, u, h, count);
            GateKernel.Backward(dg, du, dh, count);
        }

        static double Silu(double value) => value / (1 + Math.Exp(-value));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(actual, Is.EqualTo(gate.Zip(up, (g, u) => (float)(Silu(g) * u))).Within(1e-4).Percent);
            Compare(gateGradient, Differences(Wide(gate), input => input.Select((value, i) => given[i] * Silu(value) * up[i]).Sum()));
            Compare(upGradient, Differences(Wide(up), input => input.Select((value, i) => given[i] * Silu(gate[i]) * value).Sum()));
        }
    }

    [TestCase(17, 0, 17)]
    [TestCase(17, 3, 5)]
    [TestCase(40, 0, 1)]
    [TestCase(40, 39, 40)]
    [TestCase(64, 16, 33)]
    public void Softmax_PartOfRow_MatchesFormulaAndIsZeroElsewhere(int count, int from, int to)
    {
        float[] row = Values(count, 9);
        float[] actual = [.. row];
        RowPasses.Softmax(actual, from, to);
        double sum = row[from..to].Sum(value => Math.Exp(value));
        Assert.That(actual, Is.EqualTo(row.Select((value, i) => i >= from && i < to ? (float)(Math.Exp(value) / sum) : 0)).Within(1e-4).Percent);
    }

    [Test]
    public void Softmax_LongerRow_GivesSameBits()
    {
        float[] row = Values(50, 10);
        float[] shorter = row[..37];
        RowPasses.Softmax(row, 5, 37);
        RowPasses.Softmax(shorter, 5, 37);
        Assert.That(row[..37], Is.EqualTo(shorter));
    }

    [TestCaseSource(nameof(Lengths))]
    public void SoftmaxBackward_AnyLength_MatchesDifferences(int count)
    {
        float[] scores = Values(count, 11);
        float[] given = Values(count, 12);
        float[] probabilities = [.. scores];
        float[] actual = [.. given];
        RowPasses.Softmax(probabilities, 0, count);
        RowPasses.SoftmaxBackward(probabilities, actual);
        Compare(actual, Differences(Wide(scores), input => input.Select((value, i) => given[i] * Math.Exp(value)).Sum() / input.Sum(Math.Exp)));
    }

    [TestCaseSource(nameof(Lengths))]
    public void CrossEntropy_AnyLength_MatchesFormulaAndDifferences(int count)
    {
        float[] logits = Values(count, 13);
        float[] actual = [.. logits];
        int label = count / 2;
        double loss = RowPasses.CrossEntropy(actual, label, 0.25);
        double Loss(double[] input) => Math.Log(input.Sum(Math.Exp)) - input[label];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(loss, Is.EqualTo(Loss(Wide(logits))).Within(1e-6));
            Assert.That(RowPasses.LogSum(logits), Is.EqualTo(Math.Log(logits.Sum(value => Math.Exp(value)))).Within(1e-6));
            Compare(actual, Differences(Wide(logits), input => 0.25 * Loss(input)));
        }
    }

    [Test]
    public void LogSum_LargeLogits_DoesNotOverflow() => Assert.That(RowPasses.LogSum([1e30f, 0, -1e30f]), Is.EqualTo(1e30).Within(1).Percent);

    [TestCase(2)]
    [TestCase(24)]
    [TestCase(32)]
    [TestCase(70)]
    public void Rotate_ThereAndBack_TurnsPairs(int size)
    {
        float[] head = Values(size, 14);
        float[] turned = [.. head];
        double[] angles = [.. Enumerable.Range(0, size / 2).Select(i => 0.1 + (0.37 * i))];
        float[] cosines = [.. angles.Select(angle => (float)Math.Cos(angle))];
        float[] sines = [.. angles.Select(angle => (float)Math.Sin(angle))];
        float[] back = new float[size];
        fixed (float* values = turned)
        fixed (float* cosine = cosines)
        fixed (float* sine = sines)
        {
            RotaryKernel.Rotate(values, cosine, sine, size / 2, isInverse: false);
            turned.CopyTo(back, 0);
            fixed (float* again = back)
            {
                RotaryKernel.Rotate(again, cosine, sine, size / 2, isInverse: true);
            }
        }

        float[] expected = [.. Enumerable.Range(0, size).Select(i => (float)(i < size / 2
            ? (head[i] * Math.Cos(angles[i])) - (head[i + (size / 2)] * Math.Sin(angles[i]))
            : (head[i] * Math.Cos(angles[i - (size / 2)])) + (head[i - (size / 2)] * Math.Sin(angles[i - (size / 2)]))))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(turned, Is.EqualTo(expected).Within(1e-6));
            Assert.That(back, Is.EqualTo(head).Within(1e-6));
        }
    }

    [TestCaseSource(nameof(Lengths))]
    public void Silu_AnyLength_MatchesFormula(int count)
    {
        float[] x = Values(count, 15);
        float[] actual = [.. x];
        fixed (float* row = actual)
        {
            GateKernel.Silu(row, count);
        }

        Compare(actual, [.. x.Select(value => value / (1 + Math.Exp(-value)))]);
    }

    [TestCaseSource(nameof(Lengths))]
    public void AddWeighted_AnyLength_RoundsOnce(int count)
    {
        // The second and the fourth of five rows, and what lies between and around them is left out.
        double[] weights = [0.3, 0.7];
        using Rows rows = new(5, count) { Count = 5 };
        Values(5 * count, 16).CopyTo(rows.Span);
        float[] actual = Values(count, 17);
        float[] expected =
        [
            .. actual.Select((sum, i) => (float)Math.FusedMultiplyAdd(weights[1], rows.Row(3)[i], Math.FusedMultiplyAdd(weights[0], rows.Row(1)[i], sum))),
        ];
        RowPasses.AddWeighted(rows, first: 1, step: 2, weights, actual);
        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void AddWeighted_RowsAlike_AreTheRow()
    {
        using Rows rows = new(3, 100) { Count = 3 };
        float[] row = Values(100, 18);
        for (int i = 0; i < 3; i++)
        {
            row.CopyTo(rows.Row(i));
        }

        float[] sum = new float[100];
        RowPasses.AddWeighted(rows, first: 0, step: 1, [0.1, 0.2, 0.7], sum);
        Assert.That(sum, Is.EqualTo(row));
    }

    private static float[] Values(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 4) - 2))];
    }

    private static double[] Wide(float[] values) => [.. values.Select(value => (double)value)];

    private static double[] Differences(double[] point, Func<double[], double> function)
    {
        const double Step = 1e-5;
        return [.. point.Select((value, i) =>
        {
            double[] moved = [.. point];
            moved[i] = value + Step;
            double above = function(moved);
            moved[i] = value - Step;
            return (above - function(moved)) / (2 * Step);
        })];
    }

    private static void Compare(float[] actual, double[] expected)
    {
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.That(actual[i], Is.EqualTo(expected[i]).Within(2e-6 + (1e-5 * Math.Abs(expected[i]))), $"element {i}");
        }
    }
}
