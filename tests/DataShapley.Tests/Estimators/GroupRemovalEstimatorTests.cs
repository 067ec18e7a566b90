using System.Text.Json;
using DataShapley.Estimators;
using DataShapley.Estimators.Truncations;
using DataShapley.Games;

namespace DataShapley.Tests.Estimators;

public sealed class GroupRemovalEstimatorTests
{
    private static IEnumerable<JsonElement> Runs => Oracles.Root.GetProperty("shed").EnumerateArray().Where(run => run.TryGetProperty("removal_orders", out _));

    private static IEnumerable<JsonElement> Expectations => Oracles.Root.GetProperty("shed").EnumerateArray().Where(run => run.TryGetProperty("expected_share_all_orders", out _));

    [Test]
    public async Task GivenOrders_GiveTheOraclesShares_AndTheSeedsTotals()
    {
        int runs = 0;
        foreach (JsonElement run in Runs)
        {
            GroupRemovalEstimator estimator = new(Orders(run)) { GroupSize = run.GetProperty("group").GetInt32() };

            ValuationResult shares = await Valuations.RunAsync(estimator, Game(run));
            ValuationResult totals = await Valuations.RunAsync(estimator with { SumsContributions = true }, Game(run));

            using (Assert.EnterMultipleScope())
            {
                Assert.That(shares.Values, Is.EqualTo(Oracles.Numbers(run.GetProperty("mean_share"))).Within(1e-12));
                Assert.That(totals.Values, Is.EqualTo(Oracles.Numbers(run.GetProperty("seed_total"))).Within(1e-12));
                Assert.That(shares.Values.Sum(), Is.EqualTo(run.GetProperty("full")[1].GetDouble() - run.GetProperty("empty")[1].GetDouble()).Within(1e-12));
                Assert.That(shares.Status, Is.EqualTo(ValuationStatus.Completed));
                runs++;
            }
        }

        Assert.That(runs, Is.EqualTo(3));
    }

    [Test]
    public async Task Insertion_InTheReverseOrder_OfWholeGroups_IsRemoval()
    {
        foreach (JsonElement run in Runs.Where(run => run.GetProperty("proxies").GetInt32() % run.GetProperty("group").GetInt32() == 0))
        {
            int size = run.GetProperty("group").GetInt32();
            GroupRemovalEstimator estimator = new([.. Orders(run).Select(order => order.Reverse().ToArray())]) { GroupSize = size, Direction = GroupDirection.Insertion };

            ValuationResult result = await Valuations.RunAsync(estimator, Game(run));

            Assert.That(result.Values, Is.EqualTo(Oracles.Numbers(run.GetProperty("mean_share"))).Within(1e-12));
        }
    }

    [Test]
    public async Task AllOrders_GiveTheExpectedShares_AndDebiasedOnes()
    {
        foreach (JsonElement run in Expectations)
        {
            int players = run.GetProperty("proxies").GetInt32();
            double[] linear = Oracles.Plain(run.GetProperty("linear"));
            GroupRemovalEstimator estimator = new([.. Valuations.Orders(players)]) { GroupSize = run.GetProperty("group").GetInt32() };

            ValuationResult shares = await Valuations.RunAsync(estimator, Valuations.Additive(linear));
            ValuationResult debiased = await Valuations.RunAsync(estimator with { Debias = true }, Valuations.Additive(linear));

            using (Assert.EnterMultipleScope())
            {
                Assert.That(shares.Values, Is.EqualTo(Oracles.Numbers(run.GetProperty("expected_share_all_orders"))).Within(1e-10));
                Assert.That(debiased.Values, Is.EqualTo(Oracles.Numbers(run.GetProperty("debiased"))).Within(1e-10));
            }
        }
    }

    [Test]
    public async Task SingleGroups_OverAllOrders_GiveTheShapleyValue([Values] GroupDirection direction)
    {
        TableUtility utility = Valuations.Rough(5);
        GroupRemovalEstimator estimator = new([.. Valuations.Orders(5)]) { GroupSize = 1, Direction = direction };

        ValuationResult result = await Valuations.RunAsync(estimator, utility);

        Assert.That(result.Values, Is.EqualTo(Valuations.Exact(utility, Semivalue.Shapley)).Within(1e-12));
    }

    [TestCase(2)]
    [TestCase(3)]
    public async Task Centring_KeepsTheExpectation_AndTheSum(int size)
    {
        TableUtility utility = Valuations.Rough(4);
        int[][] orders = [.. Valuations.Orders(4)];
        ValuationResult shares = await Valuations.RunAsync(new GroupRemovalEstimator(orders) { GroupSize = size }, utility);
        double[] mean = new double[4];
        foreach (int[] first in orders)
        {
            foreach (int[] second in orders)
            {
                ValuationResult centred = await Valuations.RunAsync(new GroupRemovalEstimator([first, second]) { GroupSize = size, Centre = true }, utility);
                Assert.That(centred.Values.Sum(), Is.EqualTo(Valuations.Value(utility, 15) - Valuations.Value(utility, 0)).Within(1e-10));
                for (int i = 0; i < 4; i++)
                {
                    mean[i] += centred.Values[i] / (orders.Length * orders.Length);
                }
            }
        }

        Assert.That(mean, Is.EqualTo(shares.Values).Within(1e-10));
    }

    [Test]
    public async Task Centring_RemovesTheStep_OfASaturatingGame()
    {
        // 60 players in 12 groups of a concave sum: what matters is who is in the group, not when it leaves.
        RandomSequence random = new RandomStreams(5, "weights").At(0);
        double[] weights = [.. Enumerable.Range(0, 60).Select(_ => (1 + (0.5 * random.NextGaussian())) / 60)];
        DelegateUtility utility = new("saturating", 60, coalition => 1 - Math.Exp(-5 * coalition.ToArray().Sum(player => weights[player])));

        ValuationResult raw = await Valuations.RunAsync(new GroupRemovalEstimator { GroupSize = 5, Iterations = 40 }, utility);
        ValuationResult centred = await Valuations.RunAsync(new GroupRemovalEstimator { GroupSize = 5, Iterations = 40, Centre = true }, utility);

        Assert.That(Correlation(centred.Values, weights), Is.GreaterThan(Correlation(raw.Values, weights) + 0.1));
    }

    [Test]
    public async Task FixedGroups_ShareTheShapleyValueOfTheirQuotientGame()
    {
        TableUtility utility = Valuations.Rough(5);
        int[][] groups = [[0, 3], [1], [2, 4]];
        int[] masks = [.. Enumerable.Range(0, 8).Select(chosen => groups.Where((_, group) => (chosen >> group & 1) != 0).SelectMany(group => group).Sum(player => 1 << player))];
        double[] quotient = Valuations.Exact(new TableUtility("quotient", [.. masks.Select(mask => Valuations.Value(utility, mask))]), Semivalue.Shapley);

        ValuationResult result = await Valuations.RunAsync(new GroupRemovalEstimator { Groups = groups, Iterations = 2000 }, utility);

        using (Assert.EnterMultipleScope())
        {
            for (int group = 0; group < groups.Length; group++)
            {
                foreach (int player in groups[group])
                {
                    Assert.That(Math.Abs(result.Values[player] - (quotient[group] / groups[group].Length)), Is.LessThan(4 * result.StandardErrors[player]));
                }
            }

            Assert.That(result.Evaluations, Is.EqualTo(2 + (2 * 2000)));
        }
    }

    [Test]
    public async Task Intervals_OfSinglePlayers_Hold()
    {
        TableUtility utility = Valuations.Rough(5);

        await Valuations.AssertCalibratedAsync(new GroupRemovalEstimator { GroupSize = 1, Iterations = null }, utility, Valuations.Exact(utility, Semivalue.Shapley), 150);
    }

    [Test]
    public async Task OneGroup_SharesEverythingEqually_AtNoCost()
    {
        ValuationResult result = await Valuations.RunAsync(new GroupRemovalEstimator { GroupSize = 3, Iterations = null }, Valuations.Additive(1, 5, 3));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.All.EqualTo(3).Within(1e-12));
            Assert.That(result.StandardErrors, Is.All.Zero);
            Assert.That(result.Evaluations, Is.EqualTo(2));
        }
    }

    [Test]
    public async Task OnePlayer_HasEverything()
    {
        ValuationResult result = await Valuations.RunAsync(new GroupRemovalEstimator(), new TableUtility("one", [1, 4]));

        Assert.That(result.Values, Is.EqualTo([3.0]));
    }

    [Test]
    public async Task Truncation_SpreadsWhatIsLeft_AndSavesEvaluations()
    {
        // Only player 0 is worth anything: when it has left, nothing is left to lose.
        DelegateUtility utility = new("one of six", 6, coalition => coalition.Contains(0) ? 2 : 0.5);
        GroupRemovalEstimator estimator = new([[1, 2, 0, 3, 4, 5]]) { GroupSize = 2, Truncation = TruncationPolicy.Relative(1e-6) };

        ValuationResult result = await Valuations.RunAsync(estimator, utility);
        ValuationResult cut = await Valuations.RunAsync(new GroupRemovalEstimator([[0, 1, 2, 3, 4, 5]]) { GroupSize = 2, Truncation = TruncationPolicy.Relative(1e-6) }, utility);
        ValuationResult half = await Valuations.RunAsync(new GroupRemovalEstimator([[1, 2, 3, 0, 4, 5]]) { GroupSize = 2, Truncation = TruncationPolicy.Fixed(0.1) }, utility);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo([0.75, 0, 0, 0.75, 0, 0]));
            Assert.That(cut.Evaluations, Is.EqualTo(3));
            Assert.That(cut.Values, Is.EqualTo([0.75, 0.75, 0, 0, 0, 0]));
            Assert.That(half.Values, Is.EqualTo([0.375, 0, 0, 0.375, 0.375, 0.375]));
        }
    }

    [Test]
    public void WhatCannotBe_IsRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await Valuations.RunAsync(new GroupRemovalEstimator { GroupSize = 4 }, Valuations.Additive(1, 2, 3)), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.TooFewPlayers));
            Assert.That(async () => await Valuations.RunAsync(new GroupRemovalEstimator { GroupSize = 3, Debias = true }, Valuations.Additive(1, 2, 3)), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnsuitableSettings));
            Assert.That(async () => await Valuations.RunAsync(new GroupRemovalEstimator { Groups = [[0], [1]] }, Valuations.Additive(1, 2, 3)), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnsuitableSettings));
            Assert.That(async () => await Valuations.RunAsync(new GroupRemovalEstimator { Centre = true, SumsContributions = true }, Valuations.Additive(1, 2, 3)), Throws.TypeOf<ValuationException>().With.Property("Reason").EqualTo(ValuationError.UnsuitableSettings));
            Assert.That(() => new GroupRemovalEstimator { GroupSize = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new GroupRemovalEstimator { Groups = [[0, 1], [1]] }, Throws.ArgumentException);
            Assert.That(() => new GroupRemovalEstimator { Groups = [[0], []] }, Throws.ArgumentException);
        }
    }

    private static int[][] Orders(JsonElement run) => [.. run.GetProperty("removal_orders").EnumerateArray().Select(order => order.EnumerateArray().Select(player => player.GetInt32()).ToArray())];

    private static DelegateUtility Game(JsonElement run)
    {
        double[] linear = Oracles.Plain(run.GetProperty("linear"));
        int[][] pairs = [.. run.GetProperty("pairs").EnumerateArray().Select(pair => pair.EnumerateArray().Select(number => number.GetInt32()).ToArray())];
        double empty = run.GetProperty("empty")[1].GetDouble();
        return new DelegateUtility(
            "quadratic", linear.Length, coalition => empty + coalition.ToArray().Sum(player => linear[player]) + pairs.Where(pair => coalition.Contains(pair[0]) && coalition.Contains(pair[1])).Sum(pair => pair[2]));
    }

    private static double Correlation(IEnumerable<double> left, IEnumerable<double> right) => MathNet.Numerics.Statistics.Correlation.Pearson(left, right);
}
