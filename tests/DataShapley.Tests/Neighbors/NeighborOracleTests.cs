using System.Text.Json;
using DataShapley.Games;
using DataShapley.Neighbors;

namespace DataShapley.Tests.Neighbors;

public sealed class NeighborOracleTests
{
    private static readonly int[] One = [1];

    private static IEnumerable<TestCaseData> Cases(string kind) =>
        Oracles.Root.GetProperty("knn").GetProperty(kind).EnumerateArray().Select((element, i) => new TestCaseData(element).SetArgDisplayNames($"{kind} {i}"));

    private static IEnumerable<TestCaseData> ClassificationCases() => Cases("classification");

    private static IEnumerable<TestCaseData> SoftCases() => Cases("soft");

    private static IEnumerable<TestCaseData> RegressionCases() => Cases("regression");

    private static IEnumerable<TestCaseData> ThresholdCases() => Cases("threshold");

    private static IEnumerable<TestCaseData> WeightedCases() => Cases("weighted");

    [TestCaseSource(nameof(ClassificationCases))]
    public void Classification_OfAnOracle_IsExact(JsonElement oracle)
    {
        double[] match = Oracles.Plain(oracle.GetProperty("match"));
        KnnClassification game = new() { K = oracle.GetProperty("k").GetInt32() };
        using (Assert.EnterMultipleScope())
        {
            AssertValues("shapley", Semivalue.Shapley);
            AssertValues("banzhaf", Semivalue.Banzhaf);
            AssertValues("beta_16_1", Semivalue.Beta(16, 1));
            AssertValues("beta_4_1", Semivalue.Beta(4, 1));
            AssertValues("beta_1_4", Semivalue.Beta(1, 4));
            AssertValues("loo", Semivalue.LeaveOneOut);
        }

        void AssertValues(string name, Semivalue semivalue) => Assert.That(
            (game with { Semivalue = semivalue }).Value(NeighborReference.InOrder(match.Length), NeighborReference.Labels(match), One).Values,
            Is.EqualTo(Oracles.Numbers(oracle.GetProperty(name))).Within(1e-13), name);
    }

    [TestCaseSource(nameof(SoftCases))]
    public void SoftLabel_OfAnOracle_IsExact(JsonElement oracle)
    {
        double[] match = Oracles.Plain(oracle.GetProperty("match"));
        KnnSoftLabel game = new() { K = oracle.GetProperty("k").GetInt32(), Classes = oracle.GetProperty("classes").GetInt32() };

        IReadOnlyList<double> values = game.Value(NeighborReference.InOrder(match.Length), NeighborReference.Labels(match), One).Values;

        Assert.That(values, Is.EqualTo(Oracles.Numbers(oracle.GetProperty("shapley"))).Within(1e-13));
    }

    [TestCaseSource(nameof(RegressionCases))]
    public void Regression_OfAnOracle_IsExactInBothConventions(JsonElement oracle)
    {
        double[] targets = Oracles.Plain(oracle.GetProperty("targets"));
        double[] test = [oracle.GetProperty("test").GetDouble()];
        KnnRegression game = new() { K = oracle.GetProperty("k").GetInt32() };
        NeighborGraph graph = NeighborReference.InOrder(targets.Length);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(game.Value(graph, targets, test).Values, Is.EqualTo(Oracles.Numbers(oracle.GetProperty("shapley_empty_minus_t2"))).Within(1e-12));
            Assert.That((game with { EmptyIsZero = true }).Value(graph, targets, test).Values, Is.EqualTo(Oracles.Numbers(oracle.GetProperty("shapley_empty_zero"))).Within(1e-12));
        }
    }

    [TestCaseSource(nameof(ThresholdCases))]
    public void Threshold_OfAnOracle_IsExact(JsonElement oracle)
    {
        double[] match = Oracles.Plain(oracle.GetProperty("match"));
        double[] inside = Oracles.Plain(oracle.GetProperty("in_ball"));
        NeighborGraph graph = new(match.Length, match.Length, Enumerable.Range(0, match.Length).ToArray(), inside.Select(x => 1 - x).ToArray());
        KnnThreshold game = new(0.5) { Classes = oracle.GetProperty("classes").GetInt32() };

        IReadOnlyList<double> values = game.Value(graph, NeighborReference.Labels(match), One).Values;

        Assert.That(values, Is.EqualTo(Oracles.Numbers(oracle.GetProperty("shapley"))).Within(1e-13));
    }

    [TestCaseSource(nameof(WeightedCases))]
    public void Weighted_OfAnOracle_IsExactInBothConventions(JsonElement oracle)
    {
        int[] signed = [.. Oracles.Plain(oracle.GetProperty("signed_weights")).Select(weight => (int)weight)];
        int k = oracle.GetProperty("k").GetInt32();
        double[] zero = new double[signed.Length];
        double[] one = new double[signed.Length];

        new WeightedRecursion(k, emptyIsOne: false, CancellationToken.None).Add(signed, 1, zero);
        new WeightedRecursion(k, emptyIsOne: true, CancellationToken.None).Add(signed, 1, one);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(zero, Is.EqualTo(Oracles.Numbers(oracle.GetProperty("shapley_empty_0"))).Within(1e-13));
            Assert.That(one, Is.EqualTo(Oracles.Numbers(oracle.GetProperty("shapley_empty_1"))).Within(1e-13));
        }
    }
}
