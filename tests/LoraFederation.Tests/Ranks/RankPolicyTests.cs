using FsCheck;
using LoraFederation.Ranks;
using ModelTensors;

namespace LoraFederation.Tests.Ranks;

public sealed class RankPolicyTests
{
    private static readonly ModuleSpectrum[] Modules =
    [
        new("wide", 10, 30, [8, 6, 4, 0.5]),
        new("small", 5, 5, [3, 3, 1]),
        new("zero", 10, 10, []),
    ];

    [Test]
    public void SimplePolicies_ChooseWhatTheySay()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new ExactRank().Choose(Modules), Is.EqualTo([4, 3, 0]));
            Assert.That(new FixedRank(3).Choose(Modules), Is.EqualTo([3, 3, 0]));
            Assert.That(new EnergyThreshold(0.75).Choose(Modules), Is.EqualTo([2, 2, 0]));
            Assert.That(new EnergyThreshold(1).Choose(Modules), Is.EqualTo([4, 3, 0]));
            Assert.That(new EnergyThreshold(0.1) { MinimumRank = 2 }.Choose(Modules), Is.EqualTo([2, 2, 0]));
            Assert.That(new EnergyThreshold(1) { MaximumRank = 2 }.Choose(Modules), Is.EqualTo([2, 2, 0]));
        }
    }

    // Energy for each parameter: wide 64/40, 36/40, 16/40, 0.25/40; small 9/10, 9/10, 1/10.
    [TestCase(50, 1, 1)]
    [TestCase(60, 1, 2)]
    [TestCase(89, 1, 3)]
    [TestCase(90, 2, 1)]
    [TestCase(100, 2, 2)]
    [TestCase(140, 3, 2)]
    [TestCase(149, 3, 2)]
    [TestCase(150, 3, 3)]
    [TestCase(1000, 4, 3)]
    public void RankBudget_SpendsWhereTheEnergyIs(long parameters, int wide, int small)
    {
        Assert.That(RankBudget.OfParameters(parameters).Choose(Modules), Is.EqualTo([wide, small, 0]));
        Assert.That(RankBudget.OfBytes((2 * parameters) + 1, DataType.BF16).Choose(Modules), Is.EqualTo([wide, small, 0]));
    }

    [Test]
    public void RankBudget_WithBounds_KeepsThem()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That((RankBudget.OfParameters(90) with { MinimumRank = 0, MaximumRank = 1 }).Choose(Modules), Is.EqualTo([1, 1, 0]));
            Assert.That((RankBudget.OfParameters(30) with { MinimumRank = 0 }).Choose(Modules), Is.EqualTo([0, 3, 0]));
            Assert.That((RankBudget.OfParameters(110) with { MinimumRank = 2 }).Choose(Modules), Is.EqualTo([2, 3, 0]));
            Assert.That(() => RankBudget.OfParameters(49).Choose(Modules), Throws.ArgumentException.With.Message.Contains("49").And.Message.Contains("50"));
            Assert.That(() => RankBudget.OfBytes(1, DataType.F32), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void RankBudget_OverModulesOfOneSize_LeavesTheLeastEnergy(NonNegativeInt seed, PositiveInt budget)
    {
        // Of one size, the best choice is that of the largest values of all modules.
        Random random = new(seed.Get);
        ModuleSpectrum[] modules = [.. Enumerable.Range(0, random.Next(1, 6)).Select(i => new ModuleSpectrum(
            $"m{i}", 4, 6, [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => random.NextDouble()).OrderDescending()]))];
        int components = budget.Get % 40;
        IReadOnlyList<int> ranks = (RankBudget.OfParameters((10 * components) + 9) with { MinimumRank = 0 }).Choose(modules);
        double kept = modules.Select((module, i) => module.SingularValues.Take(ranks[i]).Sum(value => value * value)).Sum();
        double best = modules.SelectMany(module => module.SingularValues).OrderDescending().Take(components).Sum(value => value * value);
        Assert.That(kept, Is.EqualTo(best).Within(1e-12));
    }

    [TestCase(3, 16, 8, 3)]
    [TestCase(8, 16, 8, 8)]
    [TestCase(9, 16, 16, 9)]
    [TestCase(40, 16, 16, 16)]
    [TestCase(160, 512, 256, 160)]
    [TestCase(257, 512, 320, 257)]
    [TestCase(640, 512, 512, 512)]
    [TestCase(160, 300, 256, 160)]
    [TestCase(640, 1000, 512, 512)]
    [TestCase(20, 63, 32, 20)]
    public void ServingRank_IsTheSmallestLegalRankThatHoldsAll(int components, int maximum, int uniform, int kept)
    {
        ModuleSpectrum[] modules = [new("a", 1000, 1000, [.. Enumerable.Repeat(1.0, components)]), new("b", 1000, 1000, [2, 1])];
        ServingRank policy = new(maximum);
        Assert.That(policy.UniformRank(policy.Choose(modules).Max()), Is.EqualTo(uniform));
        Assert.That(policy.Choose(modules), Is.EqualTo([kept, 2]));
    }

    [Test]
    public void ServingRank_WithinAnotherPolicy_FitsWhatThatKeeps()
    {
        ModuleSpectrum[] modules = [new("a", 1000, 1000, [.. Enumerable.Repeat(1.0, 100)])];
        ServingRank policy = new(512) { Within = new FixedRank(20) };
        Assert.That(policy.UniformRank(policy.Choose(modules).Max()), Is.EqualTo(32));
        Assert.That(policy.Choose(modules), Is.EqualTo([20]));
        Assert.That(() => new ServingRank(7), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Policies_OfZeroModules_ChooseNothing()
    {
        RankPolicy[] policies = [new ExactRank(), new FixedRank(2), new EnergyThreshold(0.5), RankBudget.OfParameters(10), new ServingRank(16)];
        Assert.That(policies.Select(policy => policy.Choose([]).Count), Is.All.Zero);
    }

    [Test]
    public void Settings_OutOfRange_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new FixedRank(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new EnergyThreshold(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new EnergyThreshold(0.5) { MaximumRank = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => RankBudget.OfParameters(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }
}
