using LoraFederation.Aggregators;

namespace LoraFederation.Tests.Aggregators;

/// <summary>What aggregators predict of a round: parameters up and down.</summary>
public sealed class RoundCostTests
{
    // m = 10, n = 20, K = 3, r = 2: a pair of factors has 60 parameters, A 40 and B 20.
    [TestCase("fedex", 60, 180)]
    [TestCase("fedit", 60, 60)]
    [TestCase("fedsa", 40, 40)]
    [TestCase("fedsb", 4, 4)]
    [TestCase("fedsvd", 20, 60)]
    [TestCase("ffa", 20, 20)]
    [TestCase("flexlora", 60, 60)]
    [TestCase("flora", 60, 180)]
    [TestCase("florist", 60, 180)]
    [TestCase("hetlora", 60, 60)]
    [TestCase("hlora", 60, 60)]
    [TestCase("lora_fair", 60, 60)]
    [TestCase("raflora", 60, 60)]
    [TestCase("rolora", 40, 40)]
    [TestCase("zero_padding", 60, 60)]
    public void Cost_OfEqualRanks_IsTheFormula(string name, long up, long down)
    {
        RoundCost cost = Cost(name, 2, 2, 2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cost.Upload, Is.EqualTo([up, up, up]));
            Assert.That(cost.Download, Is.EqualTo([down, down, down]));
            Assert.That(cost.ServerOperations, Is.Positive);
        }
    }

    // A rank unit has 30 parameters; the sum of the ranks is 5.
    [TestCase("flexlora", 120, 30)]
    [TestCase("flora", 150, 150)]
    [TestCase("florist", 150, 150)]
    [TestCase("hetlora", 120, 30)]
    [TestCase("hlora", 120, 120)]
    [TestCase("raflora", 120, 30)]
    [TestCase("zero_padding", 120, 120)]
    public void Cost_OfMixedRanks_IsTheFormula(string name, long first, long second)
    {
        RoundCost cost = Cost(name, 4, 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cost.Upload, Is.EqualTo([120L, 30]));
            Assert.That(cost.Download, Is.EqualTo([first, second]));
        }
    }

    [Test]
    public void Cost_OfMoreRankThanTheWeightHas_CountsTheWeights()
    {
        RoundCost cost = Cost("florist", 8, 8);
        Assert.That(cost.Download, Is.EqualTo([300L, 300]));
    }

    private static RoundCost Cost(string name, params int[] ranks)
    {
        Assert.That(LoraAggregatorRegistry.CreateDefault().TryGet(name, out LoraAggregator? aggregator));
        return aggregator!.Cost(new ModuleSizes(10, 20, ranks));
    }
}
