using LoraFederation.Aggregators;
using LoraFederation.Optimizers;
using LoraFederation.Tests.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Optimizers;

/// <summary>Momentum of products.</summary>
public sealed class FedAvgMOptimizerTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationContext Context = new(Device);

    [Test]
    public void Step_OfTwoRounds_IsTheMomentumByHand()
    {
        FedAvgMOptimizer optimizer = new() { Momentum = 0.5, LearningRate = 2 };
        ServerStep first = optimizer.Step(new LoraAdapter([RandomFederation.Module("m", 1, 2, 1, [1, 0], [2])]), [], Context);
        ServerStep second = optimizer.Step(new LoraAdapter([RandomFederation.Module("m", 1, 2, 1, [0, 1], [3], scaling: 2)]), first.State, Context);

        // V is [2 0], then [1 6].
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Product(first.Update.Modules[0]), Is.EqualTo([4.0, 0]).Within(1e-5));
            Assert.That(Dense.Product(second.Update.Modules[0]), Is.EqualTo([2.0, 12]).Within(1e-5));
            Assert.That(Dense.Product(second.State[0].Modules[0]), Is.EqualTo([1.0, 6]).Within(1e-5));
        }
    }

    [Test]
    public void Step_OfManyRounds_IsTheDenseMomentum_WhenNothingIsCut()
    {
        FedAvgMOptimizer optimizer = new() { Momentum = 0.7, Rank = int.MaxValue };
        Dictionary<string, double[]> expected = new(StringComparer.Ordinal);
        IReadOnlyList<LoraAdapter> state = [];
        ServerStep? step = null;
        for (int round = 0; round < 4; round++)
        {
            LoraAdapter update = RandomFederation.Create(round, AggregatorNeeds.None, clients: 2)[round % 2].Adapter;
            step = optimizer.Step(update, state, Context);
            state = step.State;
            foreach (string path in update.Modules.Select(module => module.Path).Union(expected.Keys, StringComparer.Ordinal))
            {
                double[]? change = update.TryGet(path, out LoraModule? module) ? Dense.Product(module) : null;
                double[]? last = expected.TryGetValue(path, out double[]? value) ? [.. value.Select(element => 0.7 * element)] : null;
                expected[path] = change is null ? last! : last is null ? change : [.. last.Zip(change, (left, right) => left + right)];
            }
        }

        Assert.That(step!.Update.Modules.Select(module => Dense.RelativeError(Dense.Product(module), expected[module.Path])), Is.All.LessThan(1e-6));
    }

    [Test]
    public void Rank_BoundsTheState()
    {
        FedAvgMOptimizer optimizer = new() { Rank = 3 };
        IReadOnlyList<LoraAdapter> state = [];
        for (int round = 0; round < 3; round++)
        {
            state = optimizer.Step(RandomFederation.Create(round, AggregatorNeeds.None, clients: 1)[0].Adapter, state, Context).State;
        }

        Assert.That(state[0].Modules.Select(module => module.Rank), Is.All.LessThanOrEqualTo(3));
    }

    [Test]
    public void Step_OfBiases_HasMomentumToo_AndWholeTensorsPass()
    {
        TensorSource whole = HostTensor.FromSingles([7], new TensorShape(1)).Source;
        LoraModule module = RandomFederation.Module("m", 1, 1, 1, [1], [1]);
        LoraAdapter update = new(
            [new LoraModule("m", module.Kind, module.A, module.B, 2, HostTensor.FromSingles([3], new TensorShape(1)).Source)],
            new Dictionary<string, TensorSource>(StringComparer.Ordinal) { ["head.weight"] = whole });
        FedAvgMOptimizer optimizer = new() { Momentum = 0.5, LearningRate = 2 };
        ServerStep step = optimizer.Step(update, optimizer.Step(update, [], Context).State, Context);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(step.Update.Modules[0].Bias!), Is.EqualTo([18f]));
            Assert.That(step.Update.WholeTensors["head.weight"], Is.SameAs(whole));
            Assert.That(step.State[0].WholeTensors, Is.Empty);
        }
    }

    [Test]
    public void Step_WithTheStateOfAnother_IsRefused()
    {
        LoraAdapter update = new([RandomFederation.Module("m", 1, 1, 1, [1], [1])]);
        Assert.That(() => new FedAvgMOptimizer().Step(update, [update, update], Context), Throws.ArgumentException.With.Message.Contains("remembers 1"));
    }

    [TestCase(1)]
    [TestCase(-0.1)]
    [TestCase(double.NaN)]
    public void Momentum_OutOfRange_IsRefused(double momentum) =>
        Assert.That(() => new FedAvgMOptimizer { Momentum = momentum }, Throws.InstanceOf<ArgumentOutOfRangeException>());
}
