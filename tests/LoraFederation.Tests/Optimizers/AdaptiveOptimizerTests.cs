using LoraFederation.Aggregators;
using LoraFederation.Optimizers;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Optimizers;

/// <summary>A step size for each element of B.</summary>
public sealed class AdaptiveOptimizerTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationContext Context = new(Device);

    [Test]
    public void FedAdam_OfTwoRounds_IsAlgorithm2ByHand()
    {
        FedAdamOptimizer optimizer = new() { MeanDecay = 0.5, SquareDecay = 0.75, Adaptivity = 1, LearningRate = 4 };
        ServerStep first = optimizer.Step(Update(1, scaling: 2), [], Context);
        ServerStep second = optimizer.Step(Update(-4, scaling: 1), first.State, Context);

        // m is 1, then 1/2 − 2; v is 3/4 + 4/4, then 3/4 · 7/4 + 16/4.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Product(first.Update.Modules[0])[0], Is.EqualTo(4 / (Math.Sqrt(1.75) + 1)).Within(1e-6));
            Assert.That(Dense.Product(second.Update.Modules[0])[0], Is.EqualTo(-6 / (Math.Sqrt(5.3125) + 1)).Within(1e-6));
            Assert.That(Dense.Values(second.State[0].Modules[0].B), Is.EqualTo([-1.5f]));
            Assert.That(Dense.Values(second.State[1].Modules[0].B), Is.EqualTo([5.3125f]));
        }
    }

    [Test]
    public void FedYogi_OfTwoRounds_IsAlgorithm2ByHand()
    {
        FedYogiOptimizer optimizer = new() { MeanDecay = 0.5, SquareDecay = 0.75, Adaptivity = 1, LearningRate = 4 };
        ServerStep first = optimizer.Step(Update(1, scaling: 2), [], Context);
        ServerStep second = optimizer.Step(Update(1, scaling: 1), first.State, Context);

        // v is 1 + 4/4, then 2 − 1/4.
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Product(first.Update.Modules[0])[0], Is.EqualTo(4 / (Math.Sqrt(2) + 1)).Within(1e-6));
            Assert.That(Dense.Values(second.State[1].Modules[0].B), Is.EqualTo([1.75f]));
        }
    }

    [Test]
    public void Step_WithoutAModule_MovesOnWithTheMean()
    {
        FedAdamOptimizer optimizer = new() { MeanDecay = 0.5, SquareDecay = 0.75, Adaptivity = 1, LearningRate = 4 };
        ServerStep first = optimizer.Step(Update(2, scaling: 1), [], Context);
        ServerStep second = optimizer.Step(new LoraAdapter([RandomFederation.Module("other", 1, 1, 1, [1], [1])]), first.State, Context);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(second.State[0].Modules[0].B), Is.EqualTo([0.5f]));
            Assert.That(second.Update.Modules.Select(module => module.Path), Is.EqualTo(["m", "other"]));
        }
    }

    [Test]
    public void Step_BesideAnotherA_IsRefused_WithTheWayOut()
    {
        FedAdamOptimizer optimizer = new();
        ServerStep first = optimizer.Step(new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [1], [1])]), [], Context);
        FederationException error = Assert.Throws<FederationException>(
            () => optimizer.Step(new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [2], [1])]), first.State, Context))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.FrozenFactorDiffers));
            Assert.That(error.Message, Does.Contain("'m'").And.Contain("fedavgm"));
        }
    }

    [TestCase(0)]
    [TestCase(double.NaN)]
    public void LearningRate_OutOfRange_IsRefused(double rate) =>
        Assert.That(() => new FedYogiOptimizer { LearningRate = rate }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static LoraAdapter Update(float b, double scaling) => new([RandomFederation.Module("m", 1, 1, 1, [1], [b], scaling)]);
}
