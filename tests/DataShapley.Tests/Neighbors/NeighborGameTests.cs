using DataShapley.Games;
using DataShapley.Neighbors;
using FsCheck;
using FsCheck.Fluent;

namespace DataShapley.Tests.Neighbors;

/// <summary>Closed forms against all coalitions of a few players, K above their number included.</summary>
public sealed class NeighborGameTests
{
    private static readonly int[] One = [1];

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public Property Classification_OfAnySemivalue_IsTheDefinition(int seed)
    {
        (Random random, int players, int k) = Draw(seed);
        double[] match = Matches(random, players);
        Semivalue[] semivalues =
        [
            Semivalue.Shapley, Semivalue.Banzhaf, new BanzhafValue { Probability = 0.3 }, Semivalue.Beta(16, 1), Semivalue.Beta(0.5, 2.5), Semivalue.LeaveOneOut,
            new DeltaShapleyValue(0, random.Next(players)),
        ];
        return semivalues.All(semivalue => AreClose(
            new KnnClassification { K = k, Semivalue = semivalue }.Value(NeighborReference.InOrder(players), NeighborReference.Labels(match), One).Values,
            NeighborReference.Values(players, semivalue, present => NeighborReference.Classification(present, match, k)))).ToProperty();
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public Property SoftLabel_IsTheDefinition(int seed)
    {
        (Random random, int players, int k) = Draw(seed);
        double[] match = Matches(random, players);
        int classes = random.Next(1, 5);
        return AreClose(
            new KnnSoftLabel { K = k, Classes = classes }.Value(NeighborReference.InOrder(players), NeighborReference.Labels(match), One).Values,
            NeighborReference.Values(players, Semivalue.Shapley, present => NeighborReference.SoftLabel(present, match, k, classes))).ToProperty();
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public Property Regression_IsTheDefinition(int seed)
    {
        (Random random, int players, int k) = Draw(seed);
        double[] targets = [.. Enumerable.Range(0, players).Select(_ => random.NextDouble() - 0.5)];
        double t = random.NextDouble();
        return NeighborReference.List(false, true).All(emptyIsZero => AreClose(
            new KnnRegression { K = k, EmptyIsZero = emptyIsZero }.Value(NeighborReference.InOrder(players), targets, NeighborReference.List(t)).Values,
            NeighborReference.Values(players, Semivalue.Shapley, present => NeighborReference.Regression(present, targets, t, k, emptyIsZero)))).ToProperty();
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public Property Threshold_IsTheDefinition(int seed)
    {
        (Random random, int players, _) = Draw(seed);
        double[] match = Matches(random, players);
        bool[] inside = [.. Enumerable.Range(0, players).Select(_ => random.Next(2) == 0)];
        NeighborGraph graph = new(players, players, Enumerable.Range(0, players).ToArray(), inside.Select(near => near ? 1.0 : 3.0).ToArray());
        return AreClose(
            new KnnThreshold(2) { Classes = 3 }.Value(graph, NeighborReference.Labels(match), One).Values,
            NeighborReference.Values(players, Semivalue.Shapley, present => NeighborReference.Threshold(present, match, inside, 3))).ToProperty();
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public Property Weighted_IsTheDefinition(int seed)
    {
        (Random random, int players, int k) = Draw(seed);
        int[] weights = [.. Enumerable.Range(0, players).Select(_ => random.Next(-8, 9))];
        return NeighborReference.List(false, true).All(emptyIsOne =>
        {
            double[] values = new double[players];
            new WeightedRecursion(k, emptyIsOne, CancellationToken.None).Add(weights, 1, values);
            return AreClose(values, NeighborReference.Values(players, Semivalue.Shapley, present => NeighborReference.Weighted(present, weights, k, emptyIsOne)));
        }).ToProperty();
    }

    [Test]
    public void Weighted_WithThreeClasses_IsTheMeanOfTheGamesOfTwo()
    {
        int[] labels = [0, 1, 2, 0, 2, 1];
        double[] distances = [0, 1, 2, 3, 4, 5];
        NeighborGraph graph = new(6, 6, Enumerable.Range(0, 6).ToArray(), distances);
        KnnWeighted game = new() { K = 2, Bits = 3, Weight = distance => 1 - (distance / 8) };
        double[] expected = new double[6];
        foreach (int other in One.Append(2))
        {
            int[] members = [.. Enumerable.Range(0, 6).Where(i => labels[i] == 0 || labels[i] == other)];
            int[] signed = [.. members.Select(i => (labels[i] == 0 ? 1 : -1) * (8 - i))];
            double[] own = NeighborReference.Values(members.Length, Semivalue.Shapley, present => NeighborReference.Weighted(present, signed, 2, emptyIsOne: false));
            for (int i = 0; i < members.Length; i++)
            {
                expected[members[i]] += own[i] / 2;
            }
        }

        ValuationResult result = game.Value(graph, labels, NeighborReference.List(0));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Values, Is.EqualTo(expected).Within(1e-13));
            Assert.That(result.Facts["weight_rounding"], Is.EqualTo(1.0 / 16));
        }
    }

    [Test]
    public void Presence_WithAForm_IsThatOfThinning([Values(1, 3, 40, 400)] int k)
    {
        // A weight function that none of the closed forms knows, with the same weights.
        using (Assert.EnterMultipleScope())
        {
            foreach (Semivalue semivalue in new Semivalue[] { Semivalue.Shapley, Semivalue.Banzhaf, Semivalue.Beta(16, 1), Semivalue.Beta(1, 4), new BanzhafValue { Probability = 0.9 } })
            {
                double[] expected = PresenceTable.Compute(new Disguised(semivalue), 300, k);
                Assert.That(PresenceTable.Compute(semivalue, 300, k), Is.EqualTo(expected).Within(1e-11), semivalue.Name);
            }
        }
    }

    [Test]
    public void Presence_WhereTheFirstProbabilityUnderflows_IsRightAtTheMedian()
    {
        // Of 3,999 nearer ones 1,999.5 take part on average: fewer than 2,000 with probability one half.
        double[] table = PresenceTable.Compute(Semivalue.Banzhaf, 5000, 2000);

        Assert.That(table[3999], Is.EqualTo(0.5).Within(1e-10));
    }

    [Test]
    public void Presence_OfBetaOneOne_IsThatOfShapleyForAMillionPlayers()
    {
        double[] beta = PresenceTable.Compute(Semivalue.Beta(1, 1), 1_000_000, 1000);
        double[] shapley = PresenceTable.Compute(Semivalue.Shapley, 1_000_000, 1000);

        Assert.That(beta.Zip(shapley, (left, right) => Math.Abs(left - right)).Max(), Is.LessThan(1e-11));
    }

    [Test]
    public void Threshold_Harmonic_IsThePublishedSum()
    {
        const int Players = 30;
        double[] harmonic = Harmonic.Table(Players);
        using (Assert.EnterMultipleScope())
        {
            for (int inside = 1; inside <= Players; inside++)
            {
                double sum = 0;
                double product = 1;
                for (int j = 0; j < Players; j++)
                {
                    product *= Math.Max(Players - j - inside, 0) / (double)(Players - j);
                    sum += (1 - product) / (j + 1);
                }

                Assert.That(harmonic[inside], Is.EqualTo(sum).Within(1e-13));
            }
        }
    }

    private static (Random Random, int Players, int K) Draw(int seed)
    {
        Random random = new(seed);
        return (random, random.Next(1, 9), random.Next(1, 12));
    }

    private static double[] Matches(Random random, int players) => [.. Enumerable.Range(0, players).Select(_ => (double)random.Next(2))];

    private static bool AreClose(IReadOnlyList<double> values, double[] expected) =>
        values.Zip(expected, (left, right) => Math.Abs(left - right)).All(error => error <= 1e-11);

    private sealed record Disguised(Semivalue Inner) : Semivalue
    {
        public override string Name => "disguised";

        public override double LogWeight(int players, int size) => Inner.LogWeight(players, size);
    }
}
