using ModelAggregation.Mixture.Routers;

namespace ModelAggregation.Tests.Mixture.Routers;

public sealed class RoutingStatisticsTests
{
    [Test]
    public void Loss_OfUniformRouting_IsTheNumberOfChoices([Values(1, 2, 3)] int chosen, [Values] bool isMasked)
    {
        const int experts = 5;
        float[] logits = [.. Enumerable.Repeat(0.7f, experts * 6)];
        bool[] mask = isMasked ? [true, true, false, true, false, true] : [];
        RoutingStatistics statistics = RoutingStatistics.Of([logits, logits], experts, chosen, mask);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(statistics.All.LoadBalancingLoss, Is.EqualTo(chosen).Within(1e-12));
            Assert.That(statistics.Layers.Select(layer => layer.LoadBalancingLoss), Is.All.EqualTo(chosen).Within(1e-12));
            Assert.That(statistics.All.Count, Is.EqualTo(isMasked ? 8 : 12));
            Assert.That(statistics.All.Load.Sum(), Is.EqualTo(chosen).Within(1e-12));
            Assert.That(statistics.All.Entropy, Is.EqualTo(Math.Log(experts)).Within(1e-12));
        }
    }

    [Test]
    public void Numbers_AreThoseByHand()
    {
        // p = (1/2, 1/4, 1/4), then (1/4, 1/2, 1/4); the third row is padding.
        float ln2 = (float)Math.Log(2);
        LayerRouting routing = RoutingStatistics.Of([[ln2, 0, 0, 0, ln2, 0, 0, 0, 9]], 3, 1, [true, true, false]).All;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(routing.Count, Is.EqualTo(2));
            Assert.That(routing.Load, Is.EqualTo((double[])[.5, .5, 0]));
            Assert.That(routing.MeanProbability, Is.EqualTo((double[])[.375, .375, .25]).Within(1e-7));
            Assert.That(routing.Entropy, Is.EqualTo(1.5 * Math.Log(2)).Within(1e-7));
            Assert.That(routing.UsageEntropy, Is.EqualTo(-(.75 * Math.Log(.375)) - (.25 * Math.Log(.25))).Within(1e-7));
            Assert.That(routing.LoadBalancingLoss, Is.EqualTo(3 * .375).Within(1e-7));
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Loss_IsThatOfTheFormula(int chosen)
    {
        Random random = new(4);
        float[][] layers = [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 40).Select(_ => (float)((random.NextDouble() * 4) - 2)).ToArray())];
        bool[] mask = [.. Enumerable.Range(0, 10).Select(token => token % 3 != 2)];
        RoutingStatistics statistics = RoutingStatistics.Of(layers, 4, chosen, mask);

        double[][] rows = [.. layers.SelectMany(layer => layer.Chunk(4).Where((_, token) => mask[token])).Select(row => row.Select(logit => Math.Exp(logit) / row.Sum(other => Math.Exp(other))).ToArray())];
        double loss = 0;
        for (int expert = 0; expert < 4; expert++)
        {
            double mean = rows.Average(row => row[expert]);
            for (int rank = 0; rank < chosen; rank++)
            {
                loss += 4 * mean * rows.Average(row => row.Count(p => p > row[expert]) == rank ? 1.0 : 0);
            }
        }

        Assert.That(statistics.All.LoadBalancingLoss, Is.EqualTo(loss).Within(1e-12));
    }

    [Test]
    public void Misuse_IsRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => RoutingStatistics.Of([[1, 2, 3]], 2, 1), Throws.ArgumentException);
            Assert.That(() => RoutingStatistics.Of([[1, 2]], 2, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => RoutingStatistics.Of([[1, 2]], 2, 1, [true, true]), Throws.ArgumentException);
            Assert.That(() => RoutingStatistics.Of([[1, 2]], 2, 1, [false]), Throws.ArgumentException);
            Assert.That(() => RoutingStatistics.Of([[1, float.NaN]], 2, 1), Throws.ArgumentException);
            Assert.That(RoutingStatistics.Of([[1, 2, 3, float.NaN]], 2, 1, [true, false]).All.Load, Is.EqualTo((double[])[0, 1]));
        }
    }
}
