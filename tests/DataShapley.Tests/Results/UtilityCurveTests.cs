using DataShapley.Games;
using DataShapley.Results;
using ModelSdk.Testing;

namespace DataShapley.Tests.Results;

/// <summary>Curves of removal and addition, on a game in which player i is worth i + 1.</summary>
public sealed class UtilityCurveTests
{
    private static readonly double[] Values = [1, 2, 3, 4];

    private static DelegateUtility Additive(int players = 4) => new("additive", players, coalition => coalition.ToArray().Sum(i => i + 1.0));

    [Test]
    public async Task Removal_OfSinglePoints_GoesByValueAndGivesTheWeightedDrop()
    {
        UtilityCurve highest = await RemovalCurve.ComputeAsync(Additive(), Values, new CurveOptions { Step = null });
        UtilityCurve lowest = await RemovalCurve.ComputeAsync(Additive(), Values, new CurveOptions { Step = null, Order = CurveOrder.LowestFirst });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(highest.Points, Is.EqualTo([new CurvePoint(0, 0, 10), new CurvePoint(1, 0.25, 6), new CurvePoint(2, 0.5, 3), new CurvePoint(3, 0.75, 1)]));
            Assert.That(lowest.Points.Select(point => point.Utility), Is.EqualTo([10, 9, 7, 4]));
            Assert.That(highest.WeightedDrop(), Is.EqualTo(4 + (7.0 / 2) + (9.0 / 3)).Within(1e-15));
            Assert.That(highest.MeanUtility, Is.EqualTo((8 + 4.5 + 2) / 3).Within(1e-15));
            Assert.That(lowest.WeightedDrop, Throws.InvalidOperationException);
        }
    }

    [Test]
    public async Task Addition_WithAKnownEmptyValue_BeginsWithNobody()
    {
        CurveOptions options = new() { Step = 0.5, Evaluation = new EvaluationOptions { EmptyValue = -1 } };
        UtilityCurve curve = await AdditionCurve.ComputeAsync(Additive(), Values, options);
        UtilityCurve unknown = await AdditionCurve.ComputeAsync(Additive(), Values, new CurveOptions { Step = 0.5 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(curve.Points, Is.EqualTo([new CurvePoint(0, 0, -1), new CurvePoint(2, 0.5, 7), new CurvePoint(4, 1, 10)]));
            Assert.That(unknown.Points, Is.EqualTo(curve.Points.Skip(1)));
        }
    }

    [Test]
    public async Task Removal_InSteps_RoundsUpAndEndsWhereItShould()
    {
        double[] values = [.. Enumerable.Range(0, 60).Select(i => i % 7 == 0 ? double.NaN : i)];
        UtilityCurve curve = await RemovalCurve.ComputeAsync(Additive(60), values, new CurveOptions { End = 0.18 });
        Assert.That(curve.Points.Select(point => point.Count), Is.EqualTo([0, 3, 6, 9, 11]));
    }

    [Test]
    public async Task Removal_OfPointsWithoutAValue_ComesLast([Values(CurveOrder.HighestFirst, CurveOrder.LowestFirst)] CurveOrder order)
    {
        UtilityCurve curve = await RemovalCurve.ComputeAsync(Additive(), [1, double.NaN, 3, 4], new CurveOptions { Step = null, Order = order });
        Assert.That(curve.Points[^1].Utility, Is.EqualTo(2));
    }

    [Test]
    public async Task Removal_InRandomOrder_IsAFunctionOfTheSeed()
    {
        CurveOptions options = new() { Order = CurveOrder.Random, Seed = 5, Evaluation = new EvaluationOptions { Workers = 1 } };
        CurveOptions parallel = options with { Evaluation = new EvaluationOptions { Workers = 8 } };
        UtilityCurve curve = await RemovalCurve.ComputeAsync(Additive(30), new double[30], options);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await RemovalCurve.ComputeAsync(Additive(30), new double[30], parallel)).Points, Is.EqualTo(curve.Points));
            Assert.That((await RemovalCurve.ComputeAsync(Additive(30), new double[30], options with { Seed = 6 })).Points, Is.Not.EqualTo(curve.Points));
        }
    }

    [Test]
    public async Task Save_LeavesSkippedFailuresEmpty()
    {
        DelegateUtility failing = new("failing", 3, coalition => coalition.Size == 2 ? throw new InvalidOperationException("no") : coalition.Size);
        CurveOptions options = new() { Step = null, Evaluation = new EvaluationOptions { OnException = FailurePolicy.Skip } };
        UtilityCurve curve = await RemovalCurve.ComputeAsync(failing, [0, 0, 0], options);
        using TestFolder folder = new();
        curve.Save(folder["curve.csv"]);
        Assert.That(File.ReadAllText(folder["curve.csv"]), Is.EqualTo("count,share,utility\n0,0,3\n1,0.3333333333333333,\n2,0.6666666666666666,1\n"));
    }

    [Test]
    public void Curves_OfWhatDoesNotFit_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => RemovalCurve.ComputeAsync(Additive(), [1]), Throws.ArgumentException);
            Assert.That(() => new CurveOptions { Step = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new CurveOptions { End = double.NaN }, Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }
}
