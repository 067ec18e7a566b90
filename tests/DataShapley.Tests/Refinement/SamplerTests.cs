using System.Text.Json;
using DataShapley.Refinement;

namespace DataShapley.Tests.Refinement;

public sealed class SamplerTests
{
    private static readonly int[] Labels = [0, 1, 1, 2, 2, 2, 0];
    private static readonly double[] Distances = [2, 1, 1, 3, 1, 2, 1];

    private static IEnumerable<TestCaseData<Sampler>> Samplers()
    {
        yield return new(new QualityOrderedSampler());
        yield return new(new QualityWeightedSampler());
        yield return new(new QualityWeightedSampler { Strength = double.PositiveInfinity });
        yield return new(new RandomSampler());
        yield return new(new EpsilonGreedySampler { Epsilon = 0.5 });
        yield return new(new ClassQuotaSampler(new QualityWeightedSampler(), ["a", "b", "b", "a", "c", "b", "a"]));
        yield return new(new ClassQuotaSampler(new RandomSampler(), ["a", "b", "b", "a", "c", "b", "a"]) { Rule = QuotaRule.Proportional });
    }

    [TestCaseSource(nameof(Samplers))]
    public void AnyNumberOfRecords_IsChosenOnceEach(Sampler sampler)
    {
        ScoredClusters clusters = ScoredClusters.Create(Labels, Distances, [-1, 3, 0.5]);

        using (Assert.EnterMultipleScope())
        {
            for (int count = 0; count <= Labels.Length + 2; count++)
            {
                int[] chosen = sampler.Sample(clusters, count, 5);

                Assert.That(chosen, Has.Length.EqualTo(Math.Min(count, Labels.Length)));
                Assert.That(chosen, Is.Unique);
                Assert.That(chosen, Is.SubsetOf(Enumerable.Range(0, Labels.Length)));
                Assert.That(sampler.Sample(clusters, count, 5), Is.EqualTo(chosen), "the seed decides");
            }

            Assert.That(sampler.Sample(ScoredClusters.Create([], [], []), 3), Is.Empty);
            Assert.That(() => sampler.Sample(clusters, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [TestCase(0.0)]
    [TestCase(1.0)]
    [TestCase(1e6)]
    [TestCase(double.PositiveInfinity)]
    public void ClustersThatAreEmpty_AreNeverDrawn(double strength)
    {
        ScoredClusters clusters = ScoredClusters.Create([3, 1, 3], [], [1e300, 0, 1e300, -1e300, 5]);

        int[] chosen = new QualityWeightedSampler { Strength = strength }.Sample(clusters, 3, 1);

        Assert.That(chosen, Is.EquivalentTo((int[])[0, 1, 2]));
    }

    [Test]
    public void Goldens_OfOrderAndProbability_AreTheOracles()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (JsonElement oracle in Oracles.Root.GetProperty("shed").EnumerateArray().Where(oracle => oracle.TryGetProperty("qocs_order", out _)))
            {
                double[] scores = Oracles.Numbers(oracle.GetProperty("mean_share"));
                int[] one = [.. Enumerable.Range(0, scores.Length)];
                int[] order = [.. oracle.GetProperty("qocs_order").EnumerateArray().Select(cluster => cluster.GetInt32())];
                QualityWeightedSampler weighted = new() { Scale = ScoreScale.None };

                Assert.That(new QualityOrderedSampler().Sample(ScoredClusters.Create(one, [], scores), scores.Length), Is.EqualTo(order));
                Assert.That(weighted.Probabilities(scores), Is.EqualTo(Oracles.Plain(oracle.GetProperty("qwcs_probability_f1"))).Within(1e-12));
            }
        }
    }

    [Test]
    public void QualityOrder_TakesWholeClustersAndCutsTheLast()
    {
        ScoredClusters nearest = ScoredClusters.Create(Labels, Distances, [-1, 3, 3]);
        ScoredClusters file = ScoredClusters.Create(Labels, Distances, [-1, 3, 3], MemberOrder.FileOrder);

        using (Assert.EnterMultipleScope())
        {
            // Clusters 1 and 2 are equal: the lower goes first. In cluster 1 both are equally near.
            Assert.That(new QualityOrderedSampler().Sample(nearest, 7), Is.EqualTo((int[])[1, 2, 4, 5, 3, 6, 0]));
            Assert.That(new QualityOrderedSampler().Sample(file, 7), Is.EqualTo((int[])[1, 2, 3, 4, 5, 0, 6]));
            Assert.That(new QualityOrderedSampler().Sample(nearest, 3), Is.EqualTo((int[])[1, 2, 4]));
        }
    }

    [Test]
    public void Weights_OfFirstDraws_AreTheProbabilities()
    {
        const int Runs = 20_000;
        double[] scores = [-2, 0, 1, 1.5];
        QualityWeightedSampler sampler = new() { Strength = 0.7 };
        ScoredClusters clusters = ScoredClusters.Create([0, 0, 1, 2, 3], [], scores);
        double[] probabilities = sampler.Probabilities(scores);
        int[] clusterOf = [0, 0, 1, 2, 3];
        int[] drawn = new int[4];
        int firstOfTwo = 0;

        for (ulong seed = 0; seed < Runs; seed++)
        {
            int record = sampler.Sample(clusters, 1, seed)[0];
            drawn[clusterOf[record]]++;
            firstOfTwo += record == 0 ? 1 : 0;
        }

        using (Assert.EnterMultipleScope())
        {
            for (int cluster = 0; cluster < 4; cluster++)
            {
                // Five standard errors of a share.
                double p = probabilities[cluster];
                Assert.That(drawn[cluster] / (double)Runs, Is.EqualTo(p).Within(5 * Math.Sqrt(p * (1 - p) / Runs)));
            }

            Assert.That(firstOfTwo / (double)drawn[0], Is.EqualTo(0.5).Within(5 * 0.5 / Math.Sqrt(drawn[0])));
        }
    }

    [Test]
    public void Strength_OfNothingAndOfInfinity_IsEvenAndGreedy()
    {
        double[] scores = [-5, 2, 2];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new QualityWeightedSampler { Strength = 0 }.Probabilities(scores), Is.EqualTo((double[])[1 / 3.0, 1 / 3.0, 1 / 3.0]).Within(1e-15));
            Assert.That(new QualityWeightedSampler { Strength = double.PositiveInfinity }.Probabilities(scores), Is.EqualTo((double[])[0, 0.5, 0.5]));
            Assert.That(new QualityWeightedSampler { Strength = 1e3, Scale = ScoreScale.None }.Probabilities([1e6, 1e6 - 1]), Is.EqualTo((double[])[1, 0]), "no overflow");
            Assert.That(() => new QualityWeightedSampler { Strength = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new QualityWeightedSampler { Strength = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new EpsilonGreedySampler { Epsilon = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void AnInfiniteStrength_DrawsTheOrderOfQuality()
    {
        ScoredClusters clusters = ScoredClusters.Create(Labels, Distances, [-1, 3, 0.5]);

        int[] chosen = new QualityWeightedSampler { Strength = double.PositiveInfinity }.Sample(clusters, 7, 3);

        Assert.That(chosen.Select(record => Labels[record]), Is.EqualTo((int[])[1, 1, 2, 2, 2, 0, 0]));
    }

    [Test]
    public void Scales_OfScores_AreWhatTheySay()
    {
        double[] scores = [-4, 0, 2, 2];
        double deviation = Math.Sqrt(6);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ScoreScaling.Standardized(scores), Is.EqualTo((double[])[-4 / deviation, 0, 2 / deviation, 2 / deviation]).Within(1e-12));
            Assert.That(ScoreScaling.Ranks(scores), Is.EqualTo((double[])[-1, -1 / 3.0, 2 / 3.0, 2 / 3.0]).Within(1e-15));
            Assert.That(ScoreScaling.DividedByLargest(scores), Is.EqualTo((double[])[-1, 0, 0.5, 0.5]));
            foreach (double constant in (double[])[0, 0.1, -3, 1e308])
            {
                Assert.That(ScoreScaling.Standardized([constant, constant, constant]), Is.All.Zero);
                Assert.That(ScoreScaling.Ranks([constant, constant]), Is.All.Zero);
            }

            Assert.That(ScoreScaling.Standardized([1e308, -1e308]), Is.EqualTo((double[])[1, -1]).Within(1e-12));
            Assert.That(ScoreScaling.Ranks([7]), Is.All.Zero);
        }
    }

    [Test]
    public void Epsilon_OfNothingAndOfOne_IsQualityAndChance()
    {
        ScoredClusters clusters = ScoredClusters.Create([.. Enumerable.Repeat(0, 50), .. Enumerable.Repeat(1, 50)], [], [0, 1]);

        int[] greedy = new EpsilonGreedySampler { Epsilon = 0 }.Sample(clusters, 60, 9);
        int[] random = new EpsilonGreedySampler { Epsilon = 1 }.Sample(clusters, 100, 9);
        int[] mixed = new EpsilonGreedySampler { Epsilon = 0.3 }.Sample(clusters, 50, 9);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(greedy, Is.EqualTo(new QualityOrderedSampler().Sample(clusters, 60)));
            Assert.That(random, Is.EquivalentTo(Enumerable.Range(0, 100)));
            Assert.That(random.Take(50).Count(record => record >= 50), Is.InRange(10, 40), "chance alone knows no quality");

            // A random record is of the worse half at most half of the time: 0.3 / 2 of 50, five standard deviations.
            Assert.That(mixed.Count(record => record < 50), Is.InRange(1, 21));
        }
    }

    [Test]
    public void Quotas_OfClasses_AreShared()
    {
        // Six of a, three of b, one of c; scores prefer the higher index.
        string[] classes = ["a", "a", "a", "a", "a", "a", "b", "b", "b", "c"];
        ScoredClusters clusters = ScoredClusters.Create([.. Enumerable.Range(0, 10)], [], [.. Enumerable.Range(0, 10).Select(i => (double)i)]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Sample(new ClassQuotaSampler(new QualityOrderedSampler(), classes), 7), Is.EqualTo((int[])[5, 4, 3, 8, 7, 6, 9]));
            Assert.That(Sample(new ClassQuotaSampler(new QualityOrderedSampler(), classes) { Rule = QuotaRule.Proportional }, 5), Is.EqualTo((int[])[5, 4, 3, 8, 9]).Or.EqualTo((int[])[5, 4, 3, 8, 7]));
            Assert.That(
                Sample(new ClassQuotaSampler(new QualityOrderedSampler(), classes) { Quotas = new Dictionary<string, int>(StringComparer.Ordinal) { ["b"] = 2, ["c"] = 5, ["d"] = 1 } }, 10),
                Is.EqualTo((int[])[8, 7, 9]));
            Assert.That(() => Sample(new ClassQuotaSampler(new QualityOrderedSampler(), ["a"]), 2), Throws.ArgumentException);
        }

        int[] Sample(Sampler sampler, int count) => sampler.Sample(clusters, count);
    }

    [Test]
    public void Clusters_ThatCannotBe_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => ScoredClusters.Create([0], [], [double.NaN]), Throws.ArgumentException.With.Message.Contains("cluster 0"));
            Assert.That(() => ScoredClusters.Create([0, 2], [], [1, 2]), Throws.ArgumentException.With.Message.Contains("Record 1"));
            Assert.That(() => ScoredClusters.Create([0, 0], [1], [1]), Throws.ArgumentException);
        }
    }
}
