using DataShapley.Estimators;
using DataShapley.Estimators.Allocations;

namespace DataShapley.Tests.Estimators.Allocations;

public sealed class SizeAllocationTests
{
    private static readonly double[] FourPlayers = [0.25, 0.25, 0.25, 0.25];

    [Test]
    public void Counts_WithoutATotal_GiveTheRarestSizeOne()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SizePlan.Counts(SizeAllocation.Constant, FourPlayers, null), Is.EqualTo([1, 1, 1, 1]));

            // 1, ½, ⅓, ¼ are 4, 2, 1⅓, 1: nine in all, the ninth to the only remainder.
            Assert.That(SizePlan.Counts(SizeAllocation.Harmonic, FourPlayers, null), Is.EqualTo([4, 2, 2, 1]));
            Assert.That(SizePlan.Counts(SizeAllocation.PowerLaw(-2), FourPlayers, null), Is.EqualTo([16, 4, 2, 1]));
            Assert.That(SizePlan.Counts(SizeAllocation.Linear(1, 2), FourPlayers, null), Is.EqualTo([1, 3, 5, 7]));

            // 5/4, 5/6, 5/6, 5/4 are 1½, 1, 1, 1½: of equal remainders the lower size has its.
            Assert.That(SizePlan.Counts(SizeAllocation.GroupTesting, FourPlayers, null), Is.EqualTo([2, 1, 1, 1]));
        }
    }

    [Test]
    public void Counts_OfATotal_AddUpToIt_ByTheLargestRemainders()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SizePlan.Counts(SizeAllocation.Constant, FourPlayers, 10), Is.EqualTo([3, 3, 2, 2]));
            Assert.That(SizePlan.Counts(SizeAllocation.Harmonic, FourPlayers, 2), Is.EqualTo([1, 1, 0, 0]));
            Assert.That(SizePlan.Counts(SizeAllocation.Constant, [0.5, 0, 0.5, 0], 3), Is.EqualTo([2, 0, 1, 0]), "a size without weight has none");
        }
    }

    [Test]
    public void Counts_OfManyPlayers_AddUp([Values(1, 2, 3, 10, 101, 1000)] int players, [Values(1, 7, 1000, 123_457)] long total)
    {
        double[] weights = new double[players];
        Array.Fill(weights, 1.0 / players);
        foreach (SizeAllocation allocation in (SizeAllocation[])[SizeAllocation.Constant, SizeAllocation.Harmonic, SizeAllocation.GroupTesting, SizeAllocation.PowerLaw(-0.5), SizeAllocation.Linear(2, 0.5)])
        {
            Assert.That(SizePlan.Counts(allocation, weights, total).Sum(), Is.EqualTo(total), $"{allocation}");
            Assert.That(SizePlan.Counts(allocation, weights, null), Is.All.Positive, $"{allocation}");
        }
    }

    [Test]
    public void APlan_BeginsWithEachSize_AndComesBackWithoutWhatIsExact()
    {
        SizePlan plan = new([1, 3, 2, 1], [true, false, false, true]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Enumerable.Range(0, 17).Select(sample => plan[sample]), Is.EqualTo([0, 1, 2, 3, 1, 2, 1, 1, 2, 1, 2, 1, 1, 2, 1, 2, 1]));
            Assert.That(plan.Length, Is.Null);
            Assert.That(new SizePlan([1, 5], [true, true]).Length, Is.EqualTo(2));
        }
    }

    [Test]
    public void APlan_TooLongToHold_IsRefused()
    {
        double[] weights = new double[100_000];
        Array.Fill(weights, 1e-5);

        Assert.That(() => SizePlan.Counts(SizeAllocation.PowerLaw(-2), weights, null), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.TooManyPlayers));
    }

    [Test]
    public void TheHarmonicCount_IsPydvlsFormula() => Assert.That(SizeAllocation.HarmonicSampleCount(10, 0.1, 0.05), Is.EqualTo(8047));

    [Test]
    public void TheDeltaShapleyBound_IsTheFormula_OfTheoremAndCode()
    {
        // Computed by the formula in another language: 509.8, 1626.4, 17.3, 4835.7, rounded up.
        DeltaShapleyBound bound = new(0.5, 0.1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bound.Weight(10, 3), Is.EqualTo(510));
            Assert.That(bound.Weight(10, 0), Is.EqualTo(1627));
            Assert.That((bound with { ValidationSize = 50 }).Weight(10, 3), Is.EqualTo(18));
            Assert.That(new DeltaShapleyBound(0.2, 0.05) { MaximumLoss = 2, Lipschitz = 0.5, Smoothness = 3, LearningRate = 0.2, Steps = 1000 }.Weight(20, 7), Is.EqualTo(4836));
            Assert.That(SizePlan.Counts(bound, [0, 0.5, 0.5, 0, 0, 0, 0, 0, 0, 0], null)[1..3], Is.EqualTo([bound.Weight(10, 1), bound.Weight(10, 2)]));
        }
    }

    [Test]
    public void Settings_OutsideTheirRange_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => SizeAllocation.PowerLaw(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => SizeAllocation.Linear(0, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => SizeAllocation.Linear(1, -1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => SizeAllocation.HarmonicSampleCount(10, 0, 0.1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => SizeAllocation.HarmonicSampleCount(10, 0.1, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new DeltaShapleyBound(0.1, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new DeltaShapleyBound(0.1, 0.1) { Steps = -1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => SizePlan.Counts(SizeAllocation.PowerLaw(-5000), FourPlayers, null), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnsuitableSettings));
        }
    }
}
