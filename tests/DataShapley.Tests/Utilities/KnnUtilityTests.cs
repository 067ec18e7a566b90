using DataShapley.Datasets;
using DataShapley.Games;
using DataShapley.Utilities;

namespace DataShapley.Tests.Utilities;

public sealed class KnnUtilityTests
{
    [Test]
    public void Values_AreThoseOfTheNearest_AndGrowingGivesTheSameBits([Values(1, 3, 9, 40)] int neighbors)
    {
        const int Count = 30;
        RandomSequence random = new RandomStreams(1, "coarse").At(0);

        // Coarse coordinates: most distances are ties.
        LabeledPoints train = new(Enumerable.Range(0, Count * 2).Select(_ => (float)random.NextBelow(4)).ToArray(), 2, Enumerable.Range(0, Count).Select(_ => random.NextBelow(3)).ToArray());
        LabeledPoints test = new(Enumerable.Range(0, 20).Select(_ => (float)random.NextBelow(4)).ToArray(), 2, Enumerable.Range(0, 10).Select(_ => random.NextBelow(3)).ToArray());
        KnnUtility utility = new(train, test, neighbors);
        for (int draw = 0; draw < 20; draw++)
        {
            int[] order = random.NextPermutation(Count);
            IGrowingCoalition growing = utility.Begin(0);
            for (int size = 1; size <= Count; size++)
            {
                double grown = growing.Add(order[size - 1]);
                int[] members = order[..size];
                int hits = Enumerable.Range(0, 10).Sum(point => members
                    .OrderBy(member => Enumerable.Range(0, 2).Sum(j => Math.Pow(train.Features.Span[(member * 2) + j] - test.Features.Span[(point * 2) + j], 2))).ThenBy(member => member)
                    .Take(neighbors).Count(member => train.Labels.Span[member] == test.Labels.Span[point]));

                Assert.That((grown, utility.Evaluate(members)), Is.EqualTo((hits / (neighbors * 10.0), hits / (neighbors * 10.0))));
            }
        }
    }

    [Test]
    public void Nobody_IsWorthNothing() => Assert.That(new KnnUtility(ProbeData.Labeled(5, 2, 2, 0), ProbeData.Labeled(5, 2, 2, 1)).Evaluate(), Is.Zero);
}
