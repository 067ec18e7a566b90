using ModelRuntime.Tests.Testing;
using ModelRuntime.Training;
using ModelTensors;
using ModelTensors.Safetensors;

namespace ModelRuntime.Tests.Training;

/// <summary>The optimizer beside another's steps, and by hand.</summary>
public sealed class AdamWTests
{
    [Test]
    public void Step_FromTheGoldenGradients_GivesTheGoldenFactors()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(Goldens.Root, "goldens", "train.safetensors"));
        string[] names = [.. golden.Header.Entries.Select(entry => entry.Info.Name).Where(name => name.StartsWith("lora.init.", StringComparison.Ordinal)).Select(name => name[10..])];
        Parameter[] parameters = [.. names.Select(name => new Parameter(name, Load(golden, "lora.init." + name), Load(golden, "lora.grad." + name), decays: true))];
        using AdamW optimizer = new(parameters, new AdamWOptions { WeightDecay = 0.01 });
        optimizer.Step(1e-3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(parameters, Has.Length.EqualTo(18));
            foreach (Parameter parameter in parameters)
            {
                using HostTensor expected = Load(golden, "lora.step1." + parameter.Name);
                Assert.That(Goldens.LargestDifference(parameter.Value.ToSingles(), expected.ToSingles()), Is.LessThan(1e-7), parameter.Name);
            }
        }
    }

    [Test]
    public void Step_Twice_IsAsByHand()
    {
        Parameter parameter = BigramModel.Make("p", HostTensor.FromSingles([1], new TensorShape(1)), decays: true);
        using AdamW optimizer = new([parameter], new AdamWOptions { Beta1 = 0.5, Beta2 = 0.75, Epsilon = 1, WeightDecay = 0.5 });

        // m is 1, v is 1; both are corrected to 2 and 4: 1 · (1 − 0.1 · 0.5) − 0.1 · 2/(2 + 1).
        parameter.Gradient.AsSpan<float>(0, 1)[0] = 2;
        optimizer.Step(0.1);
        double first = 0.95 - (0.1 * 2 / 3);
        Assert.That(parameter.Value.ToSingles()[0], Is.EqualTo(first).Within(1e-7));

        // m is 0.5 + 0.5 · (−4), corrected by 1 − 1/4; v is 0.75 + 4, corrected by 1 − 9/16.
        parameter.Gradient.AsSpan<float>(0, 1)[0] = -4;
        optimizer.Step(0.2);
        double second = (first * 0.9) + (0.2 * (1.5 / 0.75) / (Math.Sqrt(4.75 / 0.4375) + 1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(parameter.Value.ToSingles()[0], Is.EqualTo(second).Within(1e-7));
            Assert.That(optimizer.StepCount, Is.EqualTo(2));
        }
    }

    [Test]
    public void Step_OfAParameterThatDoesNotDecay_LeavesItWithoutGradient()
    {
        Parameter norm = BigramModel.Make("norm", HostTensor.FromSingles([3], new TensorShape(1)), decays: false);
        Parameter weight = BigramModel.Make("weight", HostTensor.FromSingles([3], new TensorShape(1)), decays: true);
        using AdamW optimizer = new([norm, weight], new AdamWOptions { WeightDecay = 1 });
        optimizer.Step(0.5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(norm.Value.ToSingles(), Is.EqualTo([3f]));
            Assert.That(weight.Value.ToSingles(), Is.EqualTo([1.5f]));
        }
    }

    [Test]
    public void Step_OfAScaledGradient_IsThatOfASmallerOne()
    {
        // Not so without the scale: the step of Adam hardly depends on it, epsilon does.
        Parameter large = BigramModel.Make("p", HostTensor.FromSingles([1], new TensorShape(1)), decays: true);
        Parameter small = BigramModel.Make("p", HostTensor.FromSingles([1], new TensorShape(1)), decays: true);
        large.Gradient.AsSpan<float>(0, 1)[0] = 4;
        small.Gradient.AsSpan<float>(0, 1)[0] = 1;
        using AdamW first = new([large], new AdamWOptions { Epsilon = 1 });
        using AdamW second = new([small], new AdamWOptions { Epsilon = 1 });
        first.Step(0.1, gradientScale: 0.25);
        second.Step(0.1);
        Assert.That(large.Value.ToSingles(), Is.EqualTo(small.Value.ToSingles()));
    }

    [Test]
    public void Step_OfSeveralBlocks_IsTheSameForAnyNumberOfThreads()
    {
        float[] one = Train(1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Train(2).AsSpan().SequenceEqual(one), Is.True);
            Assert.That(Train(5).AsSpan().SequenceEqual(one), Is.True);
        }
    }

    [Test]
    public void Step_WithARateThatIsNone_Throws([Values(-1, double.NaN, double.PositiveInfinity)] double rate)
    {
        using AdamW optimizer = new(new BigramModel().Parameters);
        Assert.That(() => optimizer.Step(rate), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Options_OutsideOfTheirRanges_Throw()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new AdamWOptions { Beta1 = 1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AdamWOptions { Beta2 = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AdamWOptions { Epsilon = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AdamWOptions { WeightDecay = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static float[] Train(int threads)
    {
        const int Count = 200_001;
        Parameter parameter = BigramModel.Make("p", HostTensor.FromSingles(Draw(Count, 1), new TensorShape(Count)), decays: true);
        Draw(Count, 2).CopyTo(parameter.Gradient.AsSpan<float>(0, Count));
        using AdamW optimizer = new([parameter], threads: threads);
        for (int step = 0; step < 3; step++)
        {
            optimizer.Step(0.01, 0.7);
        }

        return parameter.Value.ToSingles();
    }

    private static float[] Draw(int count, uint stream)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (Philox.Draw(i, new PhiloxKey(11, stream)) / 32768f) - 1;
        }

        return values;
    }

    private static HostTensor Load(SafetensorsFile file, string name)
    {
        Assert.That(file.TryGet(name, out TensorSource? source), Is.True, name);
        return Floats.Copy(source!);
    }
}
