using System.Text.Json;
using DataShapley.Estimators;
using DataShapley.Estimators.Truncations;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class PermutationEstimatorTests
{
    private static readonly (string Name, Semivalue Semivalue)[] Semivalues =
    [
        ("shapley", Semivalue.Shapley), ("banzhaf", Semivalue.Banzhaf), ("beta_16_1", Semivalue.Beta(16, 1)), ("beta_4_1", Semivalue.Beta(4, 1)), ("beta_1_4", Semivalue.Beta(1, 4)), ("loo", Semivalue.LeaveOneOut),
    ];

    [Test]
    public async Task AllOrders_OfEveryTable_GiveTheOraclesValues()
    {
        foreach (JsonElement table in Oracles.Root.GetProperty("tables").EnumerateArray())
        {
            TableUtility utility = new("table", Oracles.Plain(table.GetProperty("utility")));
            foreach ((string name, Semivalue semivalue) in Semivalues)
            {
                AllOrders estimator = new(semivalue);

                ValuationResult result = await Valuations.RunAsync(estimator, utility, 2 + (estimator.Count(utility.PlayerCount) * Math.Max(1, utility.PlayerCount - 1)));

                Assert.That(result.Values, Is.EqualTo(Oracles.Numbers(table.GetProperty(name))).Within(1e-12), $"{name} of {utility.PlayerCount} players");
            }
        }
    }

    [Test]
    public async Task OneOrder_OfAnAdditiveGame_IsExact()
    {
        ValuationResult result = await Valuations.RunAsync(new PermutationEstimator(), Valuations.Additive(1, -2, 4), budget: 4);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo([1.0, -2, 4]).Within(1e-12));
            Assert.That(result.Draws, Is.EqualTo(1));
            Assert.That(result.StandardErrors, Is.All.EqualTo(double.PositiveInfinity));
        }
    }

    [TestCase(100, 100, 49)]
    [TestCase(101, 100, 49)]
    [TestCase(4, 4, 1)]
    public async Task ABudget_PaysForWholeOrders(long budget, long evaluations, long draws)
    {
        ValuationResult result = await Valuations.RunAsync(new PermutationEstimator(), Valuations.Rough(3), budget);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Evaluations, Is.EqualTo(evaluations));
            Assert.That(result.Draws, Is.EqualTo(draws));
            Assert.That(result.Counts, Is.All.EqualTo(draws));
        }
    }

    [Test]
    public async Task EveryResult_IsEfficient_AndWithinItsError([Values(0ul, 1ul, 2ul)] ulong seed)
    {
        TableUtility utility = Valuations.Rough(6);
        double[] exact = Valuations.Exact(utility, Semivalue.Shapley);

        ValuationResult result = await Valuations.RunAsync(new PermutationEstimator(), utility, 2000, seed);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values.Sum(), Is.EqualTo(Valuations.Value(utility, 63) - Valuations.Value(utility, 0)).Within(1e-10));
            for (int i = 0; i < exact.Length; i++)
            {
                Assert.That(Math.Abs(result.Values[i] - exact[i]), Is.LessThan(4 * result.StandardErrors[i]));
            }
        }
    }

    [Test]
    public Task Intervals_OfShapleyValues_Hold() =>
        Valuations.AssertCalibratedAsync(new PermutationEstimator(), Valuations.Rough(5), Valuations.Exact(Valuations.Rough(5), Semivalue.Shapley), 150);

    [Test]
    public Task Intervals_OfBanzhafValues_Hold() =>
        Valuations.AssertCalibratedAsync(new PermutationEstimator { Semivalue = Semivalue.Banzhaf }, Valuations.Rough(5), Valuations.Exact(Valuations.Rough(5), Semivalue.Banzhaf), 200);

    [Test]
    public Task Intervals_OfNoisyUtilities_Hold() =>
        Valuations.AssertCalibratedAsync(new PermutationEstimator(), Valuations.Noisy(Valuations.Rough(4), 1), Valuations.Exact(Valuations.Rough(4), Semivalue.Shapley), 200);

    [Test]
    public async Task OnePlayer_HasEverything()
    {
        ValuationResult result = await Valuations.RunAsync(new PermutationEstimator(), new TableUtility("one", [1, 4]), budget: 5);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo([3.0]));
            Assert.That(result.StandardErrors, Is.EqualTo([0.0]));
            Assert.That(result.Evaluations, Is.EqualTo(5));
        }
    }

    [Test]
    public async Task Truncation_ThatSpreadsTheResidual_KeepsValuesEfficient_AndCountsEverybody()
    {
        PermutationEstimator estimator = new() { Truncation = TruncationPolicy.Fixed(0.5) };

        ValuationResult result = await Valuations.RunAsync(estimator, Valuations.Rough(6), budget: 300);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values.Sum(), Is.EqualTo(Valuations.Value(Valuations.Rough(6), 63) - Valuations.Value(Valuations.Rough(6), 0)).Within(1e-10));
            Assert.That(result.Counts, Is.All.EqualTo(result.Draws));
            Assert.That(result.Evaluations, Is.EqualTo(2 + (3 * result.Draws)));
            Assert.That(result.Draws, Is.EqualTo(98), "every order that could still cost five had to fit");
        }
    }

    [Test]
    public async Task Truncation_WithoutTheResidual_GivesZero()
    {
        // All but the first of an order are cut off: the first gets v(i) − v(∅).
        PermutationEstimator estimator = new() { Truncation = TruncationPolicy.Fixed(0.25), SpreadsResidual = false };
        TableUtility utility = Valuations.Rough(4);

        ValuationResult result = await Valuations.RunAsync(estimator, utility, 5, seed: 3);
        int first = new RandomStreams(3, "permutation").At(0).NextPermutation(4)[0];

        Assert.That(result.Values[first], Is.EqualTo(Valuations.Value(utility, 1 << first) - Valuations.Value(utility, 0)).Within(1e-12));
        Assert.That(result.Values.Where((_, i) => i != first), Is.All.Zero);
    }

    [Test]
    public async Task SkippedCoalitions_LeaveOutWhatNeedsThem()
    {
        TableUtility table = Valuations.Rough(3);
        double[] values = [.. Enumerable.Range(0, 8).Select(mask => mask == 1 ? double.NaN : Valuations.Value(table, mask))];

        ValuationResult result = await Valuations.RunAsync(
            new PermutationEstimator(), new TableUtility("hole", values), 200, options: new EvaluationOptions { OnNotFinite = FailurePolicy.Skip });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.All.Not.NaN);
            Assert.That(result.Counts[0], Is.LessThan(result.Draws));
            Assert.That(result.Counts.Sum(), Is.LessThan(3 * result.Draws));
        }
    }

    /// <summary>All orders in one draw: shows that a design of one's own is a short record.</summary>
    private sealed record AllOrders(Semivalue Semivalue) : OrderEstimator
    {
        public override string Name => "all_orders";

        protected override Semivalue Weighting => Semivalue;

        public int Count(int players) => OrdersPerDraw(players);

        protected override int OrdersPerDraw(int players) => Enumerable.Range(1, players).Aggregate(1, (product, factor) => product * factor);

        protected override IEnumerable<int[]> NextOrders(RandomSequence random, int players) => Valuations.Orders(players);
    }
}
