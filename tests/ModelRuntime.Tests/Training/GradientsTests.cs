using ModelRuntime.Training;
using ModelTensors;

namespace ModelRuntime.Tests.Training;

/// <summary>The norm of all gradients as one vector.</summary>
public sealed class GradientsTests
{
    [Test]
    public void Norm_OfTwoParameters_IsThatOfOneVector()
    {
        Parameter[] parameters = [Make("a", [3, 0, 4]), Make("b", [12])];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new Gradients(parameters, 1).Norm(out Parameter? notFinite), Is.EqualTo(13));
            Assert.That(notFinite, Is.Null);
        }
    }

    [Test]
    public void Norm_OfSeveralBlocks_IsTheSameForAnyNumberOfThreads()
    {
        float[] values = [.. Enumerable.Range(0, 300_000).Select(i => (Philox.Draw(i, new PhiloxKey(2, 2)) / 32768f) - 1)];
        Parameter[] parameters = [Make("a", values), Make("b", values[..100])];
        double expected = Math.Sqrt(values.Concat(values[..100]).Sum(value => (double)value * value));
        double one = new Gradients(parameters, 1).Norm(out _);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(one, Is.EqualTo(expected).Within(1e-10));
            Assert.That(new Gradients(parameters, 2).Norm(out _), Is.EqualTo(one));
            Assert.That(new Gradients(parameters, 5).Norm(out _), Is.EqualTo(one));
        }
    }

    [Test]
    public void Norm_OfGradientsThatAreNotFinite_NamesTheFirst()
    {
        Parameter[] parameters = [Make("a", [1]), Make("b", [1, float.NaN]), Make("c", [float.PositiveInfinity])];
        _ = new Gradients(parameters, 1).Norm(out Parameter? notFinite);
        Assert.That(notFinite?.Name, Is.EqualTo("b"));
    }

    [Test]
    public void Clear_OfAll_LeavesZeros()
    {
        Parameter[] parameters = [Make("a", [1, 2]), Make("b", new float[70_000])];
        parameters[1].Gradient.AsSpan<float>(69_999, 1)[0] = 5;
        new Gradients(parameters, 2).Clear();
        Assert.That(new Gradients(parameters, 1).Norm(out _), Is.Zero);
    }

    private static Parameter Make(string name, float[] gradient)
    {
        Parameter parameter = BigramModel.Make(name, new HostTensor(DataType.F32, new TensorShape(gradient.Length)), decays: true);
        gradient.CopyTo(parameter.Gradient.AsSpan<float>(0, gradient.Length));
        return parameter;
    }
}
