using System.Text.Json;
using DataShapley.Estimators;
using DataShapley.Estimators.Samplers;
using DataShapley.Games;
using FsCheck;
using FsCheck.Fluent;

namespace DataShapley.Tests.Estimators;

/// <summary>The axioms that estimators promise whatever was drawn, on games that FsCheck chooses.</summary>
public sealed class AxiomPropertyTests
{
    private const int Players = 5;
    private const int NullPlayer = 3;

    private static IEnumerable<string> Names => EstimatorCases.All.Keys;

    [TestCaseSource(nameof(Names)), CancelAfter(120_000)]
    public void PromisedAxioms_HoldOnAnyGame(string name)
    {
        Estimator estimator = EstimatorCases.All[name];
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            ArbMap.Default.ArbFor<int>(),
            (one, other) =>
            {
                ExactGame first = Game("first", one);
                ExactGame second = Game("second", other);
                ulong seed = (uint)one;
                double[] values = Values(estimator, first, seed);
                double[] ofSecond = Values(estimator, second, seed);
                double[] ofSum = Values(estimator, new ExactGame("sum", [.. first.Table.Zip(second.Table, (a, b) => a + (3 * b))]), seed);
                bool isEfficient = Math.Abs(values.Sum() - first.Total) < 1e-9;
                bool hasNull = Math.Abs(values[NullPlayer]) < 1e-9;
                bool isLinear = values.Zip(ofSecond, (a, b) => a + (3 * b)).Zip(ofSum, (expected, actual) => Math.Abs(expected - actual) < 1e-9).All(isClose => isClose);
                return Promises(estimator, EstimatorPromises.Efficient, isEfficient)
                    && Promises(estimator, EstimatorPromises.NullPlayer, hasNull)
                    && Promises(estimator, EstimatorPromises.Linear, isLinear);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(10));
    }

    [Test]
    public void WeightsOfBeta_AreTheOracles()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (JsonElement oracle in Oracles.Root.GetProperty("weights").GetProperty("beta").EnumerateArray())
            {
                int players = oracle.GetProperty("n").GetInt32();
                Semivalue beta = Semivalue.Beta(oracle.GetProperty("alpha").GetInt32(), oracle.GetProperty("beta").GetInt32());

                Assert.That(Enumerable.Range(0, players).Select(size => Math.Exp(beta.LogWeight(players, size))), Is.EqualTo(Oracles.Numbers(oracle.GetProperty("w"))).Within(1e-12), $"{beta.Name} of {players}");
            }
        }
    }

    [Test]
    public void WeightsOfSizes_AreTheOracles()
    {
        JsonElement weights = Oracles.Root.GetProperty("weights");
        using (Assert.EnterMultipleScope())
        {
            foreach (JsonElement oracle in weights.GetProperty("owen_uniform_q").EnumerateArray())
            {
                double[] logarithms = new OwenSampler().LogProbabilities(oracle.GetProperty("n").GetInt32());
                Assert.That(logarithms.Select(Math.Exp), Is.EqualTo(Oracles.Numbers(oracle.GetProperty("p_of_one_set_of_size"))).Within(1e-12));
            }

            foreach (JsonElement oracle in weights.GetProperty("group_testing").EnumerateArray())
            {
                int players = oracle.GetProperty("n").GetInt32();
                double scale = GroupTestingEstimator.Scale(players);
                Assert.That(scale, Is.EqualTo(oracle.GetProperty("z")[1].GetDouble()).Within(1e-12));
                Assert.That(Enumerable.Range(1, players - 1).Select(size => GroupTestingEstimator.WeightOf(players, size) / scale), Is.EqualTo(Oracles.Numbers(oracle.GetProperty("q"))).Within(1e-12));
            }

            foreach (JsonElement oracle in weights.GetProperty("kernelshap").EnumerateArray())
            {
                int players = oracle.GetProperty("n").GetInt32();
                Assert.That(Enumerable.Range(1, players - 1).Select(size => KernelShapEstimator.WeightOf(players, size)), Is.EqualTo(Oracles.Numbers(oracle.GetProperty("w"))).Within(1e-12));
            }
        }
    }

    private static bool Promises(Estimator estimator, EstimatorPromises promise, bool holds) => !estimator.Promises.HasFlag(promise) || holds;

    // A drawn game in which one player changes nothing.
    private static ExactGame Game(string name, int seed)
    {
        double[] table = ExactGame.Drawn(name, Players, (uint)seed).Table;
        return new ExactGame(name, [.. Enumerable.Range(0, table.Length).Select(mask => table[mask & ~(1 << NullPlayer)])]);
    }

    private static double[] Values(Estimator estimator, ExactGame game, ulong seed) =>
        [.. EstimatorCases.ValueAsync(estimator, new ExactGameUtility(game), seed).GetAwaiter().GetResult().Values];
}
