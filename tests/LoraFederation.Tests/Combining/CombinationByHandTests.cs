using LoraFederation.Aggregators.Peft;
using LoraFederation.Combining;
using LoraFederation.Tests.Testing;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Combining;

/// <summary>Each type of combination, in numbers small enough to follow.</summary>
public sealed class CombinationByHandTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    // A is 1 × 4, B is 2 × 1. Weights 1 and 4 count as 1 and 2 on each factor. Half of A is 4, 3 and -5, 6; half of B is 2 and 3.
    private static readonly LoraModule First = RandomFederation.Module("m", 2, 4, 1, [4, -1, 3, 0.5f], [2, 1]);
    private static readonly LoraModule Second = RandomFederation.Module("m", 2, 4, 1, [-5, 2, 1, 6], [3, -1]);

    // Products [3 -1; 6 -2] and [-2 1; 2 -1]. Half of each is its first column.
    private static readonly LoraModule Square = RandomFederation.Module("m", 2, 2, 1, [3, -1], [1, 2]);
    private static readonly LoraModule Halved = RandomFederation.Module("m", 2, 2, 1, [-4, 2], [1, -1], scaling: 0.5);

    [Test]
    public void Cat_PutsFactorsBesideEachOther()
    {
        LoraModule module = Combine(CombinationType.Cat, (RandomFederation.Module("m", 1, 2, 1, [1, 3], [2], scaling: 4), 1), (RandomFederation.Module("m", 1, 2, 1, [5, 7], [6]), -1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(module.A), Is.EqualTo([4f, 12, -5, -7]));
            Assert.That(Dense.Values(module.B), Is.EqualTo([2f, 6]));
            Assert.That(module.Scaling, Is.EqualTo(1));
        }
    }

    [Test]
    public void Linear_AddsFactorsUp_WithTheSignOnA()
    {
        LoraModule module = Combine(CombinationType.Linear, (RandomFederation.Module("m", 1, 2, 1, [1, 3], [2], scaling: 4), 1), (RandomFederation.Module("m", 1, 2, 1, [5, 7], [6]), -1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(module.A), Is.EqualTo([2f - 5, 6 - 7]));
            Assert.That(Dense.Values(module.B), Is.EqualTo([4f + 6]));
        }
    }

    [Test]
    public void Svd_IsTheWeightedSum_AsUsAndVt()
    {
        // The only row of 4 · 2 · [1 3] - 6 · [5 7] = [-22 -18] has the length √808.
        LoraModule module = Combine(CombinationType.Svd, (RandomFederation.Module("m", 1, 2, 1, [1, 3], [2], scaling: 4), 1), (RandomFederation.Module("m", 1, 2, 1, [5, 7], [6]), -1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Product(module), Is.EqualTo([-22.0, -18]).Within(1e-5));
            Assert.That(Dense.Values(module.B), Is.EqualTo([(float)Math.Sqrt(808)]).Within(1e-5));
        }
    }

    [TestCase(MajoritySign.Total, 4, new[] { -10f, 0, 3, 12 })]
    [TestCase(MajoritySign.Frequency, 4, new[] { 4f, 0, 3, 12 })]
    [TestCase(MajoritySign.Total, -4, new[] { 10f, 0, 3, -12 })]
    public void Ties_TrimsElectsAndTakesTheMean(MajoritySign sign, double weight, float[] expected)
    {
        LoraModule module = Combine(new CombinationOptions { Type = CombinationType.Ties, MajoritySign = sign }, (First, 1), (Second, weight));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(module.A), Is.EqualTo(expected));
            Assert.That(Dense.Values(module.B), Is.EqualTo([(2f + (2 * 3)) / 2, 0]));
        }
    }

    [Test]
    public void MagnitudePrune_TrimsAndAddsUp()
    {
        LoraModule module = Combine(CombinationType.MagnitudePrune, (First, 1), (Second, 4));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(module.A), Is.EqualTo([4f - 10, 0, 3, 12]));
            Assert.That(Dense.Values(module.B), Is.EqualTo([2f + 6, 0]));
        }
    }

    [TestCase(CombinationType.TiesSvd, new[] { 3.0, 0, (6 + 4) / 2.0, 0 })]
    [TestCase(CombinationType.MagnitudePruneSvd, new[] { 3.0 - 4, 0, 6 + 4, 0 })]
    public void ProductTypes_TrimProducts(CombinationType type, double[] expected) => Assert.That(
        Dense.Product(Combine(new CombinationOptions { Type = type, SvdRank = 2 }, (Square, 1), (Halved, 2))), Is.EqualTo(expected).Within(1e-6));

    [Test]
    public void SvdClamp_CutsAtTheQuantileOfBothFactors()
    {
        // The product [3 4] has B = 5 and A = [0.6 0.8]: the middle of the three numbers is 0.8.
        LoraModule module = Combine(new CombinationOptions { Type = CombinationType.Svd, SvdClamp = 0.5 }, (RandomFederation.Module("m", 1, 2, 1, [3, 4], [1]), 0.5), (RandomFederation.Module("m", 1, 2, 1, [3, 4], [1]), 0.5));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Values(module.B), Is.EqualTo([0.8f]).Within(1e-6));
            Assert.That(Dense.Values(module.A), Is.EqualTo([0.6f, 0.8f]).Within(1e-6));
        }
    }

    private static LoraModule Combine(CombinationType type, params (LoraModule Module, double Weight)[] terms) => Combine(new CombinationOptions { Type = type }, terms);

    private static LoraModule Combine(CombinationOptions options, params (LoraModule Module, double Weight)[] terms) => AdapterCombination.Combine(
        [.. terms.Select(term => new WeightedAdapter(new LoraAdapter([term.Module]), term.Weight))], options, Device).Modules.Single();
}
