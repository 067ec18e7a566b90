using LoraFederation.Aggregators;
using LoraFederation.Robustness;
using LoraFederation.Tests.Testing;
using LoraFederation.Weighting;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;

namespace LoraFederation.Tests.Robustness;

/// <summary>Rules that weigh clients by where their updates lie, each in a plane where they can be done by hand.</summary>
public sealed class RobustWeightingTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });
    private static readonly AggregationContext Context = new(Device);

    [Test]
    public void Krum_OnALine_TakesTheClientWithTheNearestNeighbours()
    {
        // f = 1, n = 5: two neighbours each. Squared distances to the two nearest: 0 → 1 + 4, 1 → 1 + 1, 2 → 1 + 1 (to 1 and 3), 3 → 1 + 4, 90 → far. First of the equal.
        Assert.That(Weigh(new KrumWeighting(1), [0, 0], [1, 0], [2, 0], [3, 0], [90, 0]), Is.EqualTo([0, 0.2, 0, 0, 0]));
    }

    [Test]
    public void Krum_OfTwoEqualUpdates_CountsTheOtherAsANeighbour()
    {
        // A rule that takes "itself" for whichever is at distance zero would drop one of the twins.
        Assert.That(Weigh(new KrumWeighting(1), [5, 0], [5, 0], [6, 0], [0, 9], [90, 0]), Is.EqualTo([0.2, 0, 0, 0, 0]));
    }

    [Test]
    public void MultiKrum_TakesSeveral_AndKeepsTheirPrior()
    {
        ExplicitWeighting prior = new(Enumerable.Range(0, 5).ToDictionary(i => $"client-{i}", i => (double)(i + 1), StringComparer.Ordinal));
        Assert.That(Weigh(new KrumWeighting(1, 3) { Prior = prior }, [90, 0], [0, 0], [1, 0], [2, 0], [3, 0]), Is.EqualTo([0, 2 / 15.0, 3 / 15.0, 4 / 15.0, 0]).Within(1e-15));
    }

    [Test]
    public void Bulyan_TakesAllButTwiceTheAttackers_AnewEachTime()
    {
        // n = 7, f = 1: five of the six that are near each other are chosen, never the far one, not even when three are left.
        double[] weights = Weigh(new BulyanWeighting(1), [0, 0], [1, 0], [90, 0], [0, 1], [1, 1], [0.5, 0.5], [0.25, 0.5]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(weights[2], Is.Zero);
            Assert.That(weights.Count(weight => weight > 0), Is.EqualTo(5));
        }
    }

    [Test]
    public void GeometricMedian_OfASquareAndItsCentre_IsTheCentre()
    {
        double[] weights = Weigh(new GeometricMedianWeighting(), [10, 0], [12, 0], [10, 2], [12, 2], [11, 1]);
        Assert.That(Point(weights, [10, 0], [12, 0], [10, 2], [12, 2], [11, 1]), Is.EqualTo([11.0, 1]).Within(1e-5));
    }

    [Test]
    public void GeometricMedian_OfATriangle_IsItsFermatPoint()
    {
        // From the Fermat point the corners are seen under equal angles: the unit vectors to them add up to zero.
        double[][] corners = [[0, 0], [4, 0], [1, 3]];
        double[] point = Point(Weigh(new GeometricMedianWeighting(), corners), corners);
        double[] sum = [0, 0];
        foreach (double[] corner in corners)
        {
            double distance = Math.Sqrt(Math.Pow(corner[0] - point[0], 2) + Math.Pow(corner[1] - point[1], 2));
            sum[0] += (corner[0] - point[0]) / distance;
            sum[1] += (corner[1] - point[1]) / distance;
        }

        Assert.That(sum, Is.EqualTo([0.0, 0]).Within(1e-5));
    }

    [Test]
    public void GeometricMedian_OfALineWithWeights_IsTheWeightedMedian()
    {
        // Half of the weight and more lies at 7.
        ExplicitWeighting prior = new(new Dictionary<string, double>(StringComparer.Ordinal) { ["client-0"] = 1, ["client-1"] = 3, ["client-2"] = 1 });
        double[] weights = Weigh(new GeometricMedianWeighting { Prior = prior }, [1, 0], [7, 0], [100, 0]);
        Assert.That(Point(weights, [1, 0], [7, 0], [100, 0])[0], Is.EqualTo(7).Within(1e-3));
    }

    [Test]
    public void CenteredClipping_OfOneStep_IsTheMeanOfClippedUpdates()
    {
        // τ = 1 from zero: [3 4] becomes [0.6 0.8], [0.3 0.4] stays.
        double[] weights = Weigh(new CenteredClippingWeighting(1) { Iterations = 1 }, [3, 4], [0.3, 0.4]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(weights, Is.EqualTo([0.1, 0.5]).Within(1e-7));
            Assert.That(Point(weights, [3, 4], [0.3, 0.4]), Is.EqualTo([0.45, 0.6]).Within(1e-7));
        }
    }

    [Test]
    public void CenteredClipping_OfTwoSteps_IsThatOfPlainVectors()
    {
        double[][] updates = [[3, 4], [0.3, 0.4], [-2, 1], [10, -7]];
        double[] centre = [0, 0];
        for (int step = 0; step < 2; step++)
        {
            double[] sum = [0, 0];
            foreach (double[] update in updates)
            {
                double distance = Math.Sqrt(Math.Pow(update[0] - centre[0], 2) + Math.Pow(update[1] - centre[1], 2));
                double factor = Math.Min(1, 1.5 / distance) / 4;
                sum[0] += factor * (update[0] - centre[0]);
                sum[1] += factor * (update[1] - centre[1]);
            }

            centre = [centre[0] + sum[0], centre[1] + sum[1]];
        }

        Assert.That(Point(Weigh(new CenteredClippingWeighting(1.5) { Iterations = 2 }, updates), updates), Is.EqualTo(centre).Within(1e-7));
    }

    [Test]
    public void CenteredClipping_InAFederation_ShortensTheAggregate()
    {
        ClientUpdate[] updates = [Update(0, 3, 4), Update(1, 0.3, 0.4)];
        AggregationRecipe recipe = AggregationRecipe.Flora with { Weights = new CenteredClippingWeighting(1) { Iterations = 1 } };
        AggregationResult result = new LoraFederator(Device).Aggregate(recipe, updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Effect(result, "m"), Is.EqualTo([0.45, 0.6]).Within(1e-6));
            Assert.That(result.Weights.Values, Is.EqualTo([0.1, 0.5]).Within(1e-7));
        }
    }

    [Test]
    public void FoolsGold_OfTwoCopies_LeavesTheOthersIn()
    {
        // Clients 2 and 3 are copies: α = 0. The others are orthogonal to all: α = 1.
        Assert.That(Weigh(new FoolsGoldWeighting(), [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]), Is.EqualTo([0.25, 0.25, 0, 0]));
    }

    [Test]
    public void FoolsGold_OfCopiesOnly_KeepsThePrior() =>
        Assert.That(Weigh(new FoolsGoldWeighting(), [1, 0], [1, 0], [2, 0]), Is.EqualTo([1 / 3.0, 1 / 3.0, 1 / 3.0]));

    [Test]
    public void FoolsGold_OfAnglesByHand_IsTheFormula()
    {
        // cos 01 = 0.6, cos 02 = 0, cos 12 = 0.8: v = [0.6 0.8 0.8]. Pardoned: client 0's cosine with 1 becomes 0.6 · 0.6/0.8 = 0.45; the others stay.
        // α = [0.55 0.2 0.2], over the largest: [1 → 0.99, 4/11, 4/11]; ln(α/(1 − α)) + ½ = [5.1 → 1, −0.0596… → 0, 0].
        double[] weights = Weigh(new FoolsGoldWeighting { Confidence = 1 }, [1, 0], [0.6, 0.8], [0, 1]);
        Assert.That(weights, Is.EqualTo([1 / 3.0, 0, 0]));
    }

    [Test]
    public void NormThreshold_DropsWhatIsLong()
    {
        Assert.That(Weigh(new NormThresholdWeighting(2), [1, 0], [0, 2], [-3, 0], [0, 5], [0, 0]), Is.EqualTo([0.2, 0.2, 0.2, 0, 0.2]));
    }

    [Test]
    public void Rules_WithFewerUpdatesThanTheyAreDefinedFor_AreRefused()
    {
        ClientUpdate[] four = [.. Enumerable.Range(0, 4).Select(i => Update(i, i, 1))];
        using (Assert.EnterMultipleScope())
        {
            foreach (RobustWeighting rule in (RobustWeighting[])[new KrumWeighting(1), new KrumWeighting(0, 5), new BulyanWeighting(1)])
            {
                FederationException error = Assert.Throws<FederationException>(() => rule.Weigh(Federation.Create(four), Context))!;
                Assert.That(error.Error, Is.EqualTo(FederationError.TooFewUpdates));
                Assert.That(error.Message, Does.Contain($"at least {rule.Minimum} updates").And.Contain("there are 4"));
            }

            Assert.That(new KrumWeighting(2).Minimum, Is.EqualTo(7));
            Assert.That(new BulyanWeighting(2).Minimum, Is.EqualTo(11));
        }
    }

    [Test]
    public void Settings_OutsideTheirRange_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new KrumWeighting(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new KrumWeighting(1, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new BulyanWeighting(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new CenteredClippingWeighting(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new NormThresholdWeighting(0.5), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new GeometricMedianWeighting { Smoothing = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new FoolsGoldWeighting { Confidence = double.NaN }, Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static IEnumerable<RobustWeighting> Rules() =>
        [new KrumWeighting(1), new KrumWeighting(1, 4), new BulyanWeighting(1), new GeometricMedianWeighting(), new CenteredClippingWeighting(4), new NormThresholdWeighting()];

    [TestCaseSource(nameof(Rules))]
    public void OneAttackerOfSeven_PullsTheMeanAway_ButNotTheRule(RobustWeighting rule)
    {
        // Six honest updates around one direction; the seventh is the same with the sign turned and twenty times as long.
        Random random = new(5);
        float[] a = RandomFederation.Normal(random, 2 * 24);
        float[] b = RandomFederation.Normal(random, 16 * 2);
        ClientUpdate[] updates =
        [
            .. Enumerable.Range(0, 7).Select(i => new ClientUpdate(
                $"client-{i}",
                new LoraAdapter([RandomFederation.Module("m", 16, 24, 2, [.. a.Select(value => value * (1 + ((float)random.NextDouble() / 10)))], [.. b.Select(value => value * (1 + ((float)random.NextDouble() / 10)))], i == 3 ? -40 : 2)]))),
        ];
        double[] honest = Dense.Sum([.. updates.Where((_, i) => i != 3)], "m", updates.ToDictionary(update => update.ClientId, _ => 1 / 6.0, StringComparer.Ordinal));
        AggregationResult mean = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora, updates);
        AggregationResult robust = new LoraFederator(Device).Aggregate(AggregationRecipe.Flora with { Weights = rule }, updates);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.RelativeError(Dense.Effect(mean, "m"), honest), Is.GreaterThan(2));
            Assert.That(Dense.RelativeError(Dense.Effect(robust, "m"), honest), Is.LessThan(rule is CenteredClippingWeighting ? 0.75 : 0.2));
            Assert.That(Direction(Dense.Effect(robust, "m"), honest), Is.GreaterThan(0.98));
        }
    }

    private static double Direction(double[] left, double[] right) =>
        left.Zip(right, (x, y) => x * y).Sum() / Math.Sqrt(left.Sum(x => x * x) * right.Sum(y => y * y));

    // Updates in the plane: the modules are 1 × n, with A the update and B one.
    private static double[] Weigh(RobustWeighting rule, params double[][] updates) =>
        [.. rule.Weigh(Federation.Create(updates.Select((update, i) => Update(i, update))), Context)];

    private static ClientUpdate Update(int client, params double[] update) =>
        new($"client-{client}", new LoraAdapter([RandomFederation.Module("m", 1, update.Length, 1, [.. update.Select(value => (float)value)], [1])]));

    private static double[] Point(double[] weights, params double[][] updates) =>
        [.. Enumerable.Range(0, updates[0].Length).Select(axis => weights.Select((weight, i) => weight * (float)updates[i][axis]).Sum())];
}
