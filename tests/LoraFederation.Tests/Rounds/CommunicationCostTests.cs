using LoraFederation.Aggregators;
using LoraFederation.Rounds;
using LoraFederation.Tests.Testing;

namespace LoraFederation.Tests.Rounds;

/// <summary>Bytes by hand.</summary>
public sealed class CommunicationCostTests
{
    [Test]
    public void Predict_OfFlora_IsFactorsUp_AndTheStackDown()
    {
        // TinyLlama q_proj and v_proj, ten clients of the paper's ranks in F16 (flora.md, 6.1): 4.5 MB up at rank 16, 45 MB down.
        int[] ranks = [64, 32, 16, 16, 8, 8, 4, 4, 4, 4];
        ModuleSizes[] modules = [.. Enumerable.Range(0, 22).SelectMany(_ => (ModuleSizes[])[new(2048, 2048, ranks), new(256, 2048, ranks)])];
        CommunicationCost cost = CommunicationCost.Predict(new FloraAggregator(), modules, 2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cost.Upload, Is.EqualTo(ranks.Select(rank => 2L * rank * 140_800)));
            Assert.That(cost.Download, Is.All.EqualTo(2L * 160 * 140_800));
        }
    }

    [Test]
    public void Predict_OfClientsThatLackModules_CountsWhatTheySend()
    {
        ClientUpdate both = new("a", new([RandomFederation.Module("m", 2, 3, 1, [1, 2, 3], [1, 2]), RandomFederation.Module("n", 1, 1, 1, [1], [1])]));
        ClientUpdate one = new("b", new([RandomFederation.Module("m", 2, 3, 1, [1, 2, 3], [1, 2])]));
        CommunicationCost cost = CommunicationCost.Predict(AggregationRecipe.Flora, Federation.Create([both, one]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cost.Upload, Is.EqualTo([4L * (5 + 2), 4L * 5]));
            Assert.That(cost.Download, Is.All.EqualTo(4L * (10 + 2)));
        }
    }

    [Test]
    public void Predict_OfModulesWithOtherNumbersOfClients_IsRefused() =>
        Assert.That(() => CommunicationCost.Predict(new FloraAggregator(), [new(1, 1, [1]), new(1, 1, [1, 2])], 4), Throws.ArgumentException);
}
